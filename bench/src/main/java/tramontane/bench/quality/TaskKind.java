package tramontane.bench.quality;

import java.util.Locale;

/** What a task exercises. */
public enum TaskKind {
    OBJECT,
    LIST,
    NESTED,
    CLASSIFICATION,
    NUMBERS,
    DATES,
    OPTIONAL,
    TOOLS;

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    static TaskKind of(String label) {
        return valueOf(label.toUpperCase(Locale.ROOT));
    }
}

package tramontane.chat.jinja;

import java.util.List;

/** Python's tuple; the groups of {@code groupby} also name their fields. */
record Tuple(List<Object> items, List<String> names) {
    static Tuple of(Object... items) {
        return new Tuple(List.of(items), List.of());
    }
}

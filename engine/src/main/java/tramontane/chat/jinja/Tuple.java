package tramontane.chat.jinja;

import java.util.List;

/** Python's tuple. The groups of {@code groupby} have named fields as well. */
record Tuple(List<Object> items, List<String> names) {
    static Tuple of(Object... items) {
        return new Tuple(List.of(items), List.of());
    }
}

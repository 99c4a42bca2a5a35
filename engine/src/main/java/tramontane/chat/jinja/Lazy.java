package tramontane.chat.jinja;

import java.util.List;

/**
 * A value that is a generator in Python: it can be iterated, but has no length and no JSON, and is
 * always true.
 */
record Lazy(List<Object> items) {}

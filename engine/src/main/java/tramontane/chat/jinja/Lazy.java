package tramontane.chat.jinja;

import java.util.List;

/**
 * What Python has a generator for: it can be looped over, but has no length, no JSON and is never
 * false.
 */
record Lazy(List<Object> items) {}

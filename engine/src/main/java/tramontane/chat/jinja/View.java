package tramontane.chat.jinja;

import java.util.List;

/**
 * The result of a dictionary's {@code keys}, {@code values} and {@code items}: it can be iterated
 * and has a length, but no indexes and no JSON.
 *
 * @param name the name of the type in Python, such as {@code dict_keys}
 */
record View(String name, List<Object> items) {}

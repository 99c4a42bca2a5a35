package tramontane.chat.jinja;

import java.util.List;

/**
 * What a dictionary's {@code keys}, {@code values} and {@code items} give: it can be looped over
 * and has a length, but no places and no JSON.
 *
 * @param name Python's, such as {@code dict_keys}
 */
record View(String name, List<Object> items) {}

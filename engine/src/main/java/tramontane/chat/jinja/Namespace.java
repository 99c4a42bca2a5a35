package tramontane.chat.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/** The one value a template may change after making it; lives as long as one rendering. */
final class Namespace {
    private final Map<String, Object> fields = new LinkedHashMap<>();

    Object get(String name) {
        Object value = fields.get(name);
        return value == null ? Undefined.attribute(this, name) : value;
    }

    Map<String, Object> fields() {
        return fields;
    }

    void set(String name, Object value) {
        fields.put(name, value);
    }
}

package tramontane.chat.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/** The only mutable value of a template. It belongs to one rendering. */
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

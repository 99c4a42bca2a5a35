package tramontane.api;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The fields of one object. Every field that was not asked for by {@link #end} is an unknown one.
 */
final class Fields {
    private final Value place;
    private final ObjectNode object;
    private final Set<String> known = new HashSet<>();

    Fields(Value place, ObjectNode object) {
        this.place = place;
        this.object = object;
    }

    Value place() {
        return place;
    }

    boolean has(String name) {
        return object.has(name);
    }

    /** A field that must be there. */
    Optional<Value> required(String name) {
        Optional<Value> value = optional(name);
        if (value.isEmpty()) {
            place.at(name, object).fault("missing", "Field required");
        }
        return value;
    }

    /** A field that may be left out; a null is passed on, to be refused by its type. */
    Optional<Value> optional(String name) {
        known.add(name);
        JsonNode child = object.get(name);
        return child == null ? Optional.empty() : Optional.of(place.at(name, child));
    }

    /** A field for which null means the same as leaving it out. */
    Optional<Value> nullable(String name) {
        return optional(name).filter(value -> !value.node().isNull());
    }

    /** Says that all fields have been asked for: what is left over is refused, never ignored. */
    void end() {
        for (var property : object.properties()) {
            if (!known.contains(property.getKey())) {
                String name = Faults.wellFormed(property.getKey());
                place.at(
                                name.length() <= 100 ? name : name.substring(0, 100) + "…",
                                property.getValue())
                        .fault(
                                "extra_forbidden",
                                "Extra inputs are not permitted"
                                        + OpenAiFields.hint(place.loc(), name));
            }
        }
    }
}

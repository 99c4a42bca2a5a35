package tramontane.api;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The fields of one JSON object. {@link #end} reports those that no reader has asked for. */
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

    /** A required field; reports a fault if it is missing. */
    Optional<Value> required(String name) {
        Optional<Value> value = optional(name);
        if (value.isEmpty()) {
            place.at(name, object).fault("missing", "Field required");
        }
        return value;
    }

    /** An optional field. A null is returned as a value, whose reader reports the wrong type. */
    Optional<Value> optional(String name) {
        known.add(name);
        JsonNode child = object.get(name);
        return child == null ? Optional.empty() : Optional.of(place.at(name, child));
    }

    /** An optional field that may also be null. */
    Optional<Value> nullable(String name) {
        return optional(name).filter(value -> !value.node().isNull());
    }

    /** Reports every field that was not read as unknown: none is ignored. */
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
                                        + OpenAiFields.hint(
                                                place.loc(), name, place.faults().openAiRemedy()));
            }
        }
    }
}

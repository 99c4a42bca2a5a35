package tramontane.bench.quality;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Texts with slots, and the answer they give.
 *
 * @param tool the tool whose arguments the slots are, or empty
 * @param texts variants, with {@code {name}} for each slot
 * @param answer an object in which the string {@code $name} stands for a slot's value
 */
record Template(
        TaskKind kind, String tool, List<String> texts, Map<String, Slot> slots, JsonNode answer) {

    /** The answer that has each slot under its own name. */
    static JsonNode flat(Map<String, Slot> slots) {
        ObjectNode answer = Slot.JSON.objectNode();
        slots.keySet().forEach(name -> answer.put(name, "$" + name));
        return answer;
    }

    static Map<String, Drawing.Value> draw(Map<String, Slot> slots, Drawing drawing) {
        Map<String, Drawing.Value> values = new LinkedHashMap<>();
        slots.forEach((name, slot) -> values.put(name, slot.draw(drawing)));
        return values;
    }

    static String fill(String text, Map<String, Drawing.Value> values) {
        String filled = text;
        for (Map.Entry<String, Drawing.Value> entry : values.entrySet()) {
            filled = filled.replace("{" + entry.getKey() + "}", entry.getValue().text());
        }
        return filled;
    }

    JsonNode answer(Map<String, Drawing.Value> values) {
        return answer(answer, values);
    }

    private static JsonNode answer(JsonNode part, Map<String, Drawing.Value> values) {
        if (part.isString()) {
            Drawing.Value value = values.get(slotName(part));
            if (value == null) {
                throw new IllegalArgumentException("no slot for " + part);
            }
            return value.json();
        }
        ObjectNode object = Slot.JSON.objectNode();
        part.properties()
                .forEach(entry -> object.set(entry.getKey(), answer(entry.getValue(), values)));
        return object;
    }

    ObjectNode schema() {
        return schema(answer);
    }

    private ObjectNode schema(JsonNode part) {
        if (part.isString()) {
            return slot(part).schema();
        }
        Map<String, JsonNode> properties = new LinkedHashMap<>();
        part.properties()
                .forEach(entry -> properties.put(entry.getKey(), schema(entry.getValue())));
        return object(properties);
    }

    /** An object schema that requires all these properties and allows no others. */
    static ObjectNode object(Map<String, JsonNode> properties) {
        ObjectNode schema = Slot.JSON.objectNode().put("type", "object");
        ObjectNode named = schema.putObject("properties");
        ArrayNode required = Slot.JSON.arrayNode();
        properties.forEach((name, property) -> {
            named.set(name, property);
            required.add(name);
        });
        schema.set("required", required);
        return schema.put("additionalProperties", false);
    }

    /** "name (string), age (integer)" */
    String fields() {
        return fields(answer);
    }

    private String fields(JsonNode part) {
        List<String> fields = new ArrayList<>();
        part.properties()
                .forEach(entry -> {
                    String hint =
                            entry.getValue().isString()
                                    ? slot(entry.getValue()).hint()
                                    : "object with " + fields(entry.getValue());
                    fields.add(entry.getKey() + " (" + hint + ")");
                });
        return String.join(", ", fields);
    }

    private Slot slot(JsonNode reference) {
        Slot slot = slots.get(slotName(reference));
        if (slot == null) {
            throw new IllegalArgumentException("no slot for " + reference);
        }
        return slot;
    }

    private static String slotName(JsonNode reference) {
        return reference.asString().substring(1);
    }
}

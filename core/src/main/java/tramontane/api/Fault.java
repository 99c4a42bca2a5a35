package tramontane.api;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One fault of a request body, in the format of pydantic's errors, which Mistral's clients expect.
 *
 * @param loc path to the value: {@code String} keys and {@code Integer} indexes
 * @param input the value, if it is small enough to send back
 */
record Fault(
        String type,
        List<Object> loc,
        String msg,
        Optional<JsonNode> input,
        Map<String, Object> ctx) {

    /** The path in dotted form, such as {@code messages.0.user.name}. */
    String path() {
        StringJoiner path = new StringJoiner(".");
        loc.stream()
                .skip(loc.size() > 1 && loc.get(1) instanceof String ? 1 : 0)
                .forEach(step -> path.add(step.toString()));
        return path.toString();
    }

    /** Path and message in one line, for clients that show only an error's message. */
    String summary() {
        Object reason = ctx.get("error");
        return path() + ": " + msg + (reason == null ? "" : ": " + reason);
    }

    ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("type", type);
        ArrayNode steps = json.putArray("loc");
        for (Object step : loc) {
            if (step instanceof Integer position) {
                steps.add(position);
            } else {
                steps.add(step.toString());
            }
        }
        json.put("msg", msg);
        input.ifPresent(node -> json.set("input", node));
        if (!ctx.isEmpty()) {
            ObjectNode context = json.putObject("ctx");
            new TreeMap<>(ctx).forEach((key, value) -> context.putPOJO(key, value));
        }
        return json;
    }
}

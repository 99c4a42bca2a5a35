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
 * One thing wrong with a request body, in the vocabulary of pydantic that callers know.
 *
 * @param loc the way to it: {@code String} keys and {@code Integer} positions
 * @param input what stood there, where it is small enough to send back
 */
record Fault(
        String type,
        List<Object> loc,
        String msg,
        Optional<JsonNode> input,
        Map<String, Object> ctx) {

    /** The place as a caller writes it: {@code messages.0.user.name}. */
    String path() {
        StringJoiner path = new StringJoiner(".");
        loc.stream()
                .skip(loc.size() > 1 && loc.get(1) instanceof String ? 1 : 0)
                .forEach(step -> path.add(step.toString()));
        return path.toString();
    }

    /** Place and complaint in one line, for clients that show an error's message only. */
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

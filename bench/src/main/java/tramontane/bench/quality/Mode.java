package tramontane.bench.quality;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** How an answer is asked for. */
public enum Mode {
    /** Free text, in which the first JSON value counts. */
    TEXT,
    JSON_OBJECT,
    JSON_SCHEMA,
    /** A call of a tool whose arguments are the answer; of tasks with tools, any of theirs. */
    TOOL_CALL;

    private static final int MAX_TOKENS = 192;

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Throws IllegalArgumentException with the known names if there is no such mode. */
    public static Mode of(String label) {
        return Arrays.stream(values())
                .filter(mode -> mode.label().equals(label))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "unknown mode "
                                        + label
                                        + "; known are text, json_object, json_schema and"
                                        + " tool_call"));
    }

    /** The body of the request, without the model and the sampling parameters. */
    ObjectNode body(Task task) {
        ObjectNode body = Slot.JSON.objectNode().put("max_tokens", MAX_TOKENS);
        ArrayNode messages = body.putArray("messages");
        messages.addObject().put("role", "system").put("content", Task.SYSTEM);
        messages.addObject().put("role", "user").put("content", task.prompt());
        switch (this) {
            case TEXT -> {}
            case JSON_OBJECT -> body.putObject("response_format").put("type", "json_object");
            case JSON_SCHEMA -> {
                ObjectNode format = body.putObject("response_format").put("type", "json_schema");
                ObjectNode named = format.putObject("json_schema").put("name", "answer");
                named.put("strict", true).set("schema", task.schema());
            }
            case TOOL_CALL -> tools(task, body);
        }
        return body;
    }

    private static void tools(Task task, ObjectNode body) {
        ArrayNode tools = body.putArray("tools");
        for (Task.Tool tool : task.tools()) {
            ObjectNode function = tools.addObject().put("type", "function").putObject("function");
            function.put("name", tool.name()).put("description", tool.description());
            function.set("parameters", tool.parameters().deepCopy());
        }
        body.put("tool_choice", "required").put("parallel_tool_calls", false);
    }

    /** The answer's value, if it is one. */
    Optional<JsonNode> value(Task task, Answer answer) {
        return switch (this) {
            case TEXT -> LenientJson.first(answer.text());
            case JSON_OBJECT, JSON_SCHEMA -> LenientJson.whole(answer.text());
            case TOOL_CALL -> answer.call().flatMap(call -> called(task, call));
        };
    }

    private static Optional<JsonNode> called(Task task, Answer.Call call) {
        Optional<JsonNode> arguments = LenientJson.whole(call.arguments());
        if (task.kind() != TaskKind.TOOLS) {
            return arguments;
        }
        ObjectNode value = Slot.JSON.objectNode().put("name", call.name());
        arguments.ifPresent(given -> value.set("arguments", given));
        return Optional.of(value);
    }

    Score score(Task task, Answer answer) {
        return Score.of(task.answer(), value(task, answer));
    }
}

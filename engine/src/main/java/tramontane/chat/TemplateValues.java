package tramontane.chat;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tramontane.chat.jinja.JinjaTemplate;
import tramontane.chat.jinja.None;
import tramontane.chat.jinja.TemplateLimits;
import tramontane.chat.jinja.Text;

/** Converts a conversation to the variables of a template, in the shape that the template reads. */
final class TemplateValues {
    private static final JinjaTemplate AS_JSON = JinjaTemplate.compile("{{ value | tojson }}");

    private static final int MAX_DEPTH = TemplateLimits.MAX_INPUT_DEPTH;

    private final MessageShape shape;

    TemplateValues(MessageShape shape) {
        this.shape = shape;
    }

    Map<String, Object> variables(TemplateInput input) {
        Map<String, Object> variables = new LinkedHashMap<>();
        input.variables().forEach((name, value) -> variables.put(name, plain(value)));
        variables.put("messages", input.messages().stream().map(this::message).toList());
        // Without tools the variable is undefined and not None, because some templates iterate over
        // it
        // without a check.
        if (!input.tools().isEmpty()) {
            variables.put("tools", input.tools().stream().map(TemplateValues::tool).toList());
        }
        variables.put("add_generation_prompt", input.addGenerationPrompt());
        variables.put("bos_token", Text.trusted(input.bosToken()));
        variables.put("eos_token", Text.trusted(input.eosToken()));
        return variables;
    }

    /** The approximate number of characters, with which the limits of a rendering grow. */
    static long chars(Object value) {
        return chars(value, 0);
    }

    private static long chars(Object value, int depth) {
        long sum = 8;
        if (depth > MAX_DEPTH) {
            return sum;
        }
        switch (value) {
            case Map<?, ?> map -> {
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    sum += chars(entry.getKey(), depth + 1) + chars(entry.getValue(), depth + 1);
                }
            }
            case List<?> list -> {
                for (Object item : list) {
                    sum += chars(item, depth + 1);
                }
            }
            case String text -> sum += text.length();
            default -> sum += value.toString().length();
        }
        return sum;
    }

    private Map<String, Object> message(Message message) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("role", Text.trusted(message.role().wireName()));
        values.put("content", content(message));
        String thinking = thinking(message);
        if (!thinking.isEmpty()
                && shape.thinking() == MessageShape.Thinking.REASONING_CONTENT_FIELD) {
            values.put("reasoning_content", thinking);
        } else if (!thinking.isEmpty()
                && shape.thinking() == MessageShape.Thinking.THINKING_FIELD) {
            values.put("thinking", thinking);
        }
        if (!message.toolCalls().isEmpty()) {
            values.put("tool_calls", message.toolCalls().stream().map(this::toolCall).toList());
        }
        message.toolCallId().ifPresent(id -> values.put("tool_call_id", id));
        message.name().ifPresent(name -> values.put("name", name));
        return values;
    }

    private Object content(Message message) {
        boolean thinks =
                shape.thinking() == MessageShape.Thinking.CHUNK && !thinking(message).isEmpty();
        if (!shape.contentInChunks() && !thinks && message.images().isEmpty()) {
            return message.text();
        }
        List<Object> chunks = new ArrayList<>();
        for (Chunk chunk : message.content()) {
            switch (chunk) {
                case Chunk.Text(String text) ->
                        chunks.add(Map.of("type", Text.trusted("text"), "text", text));
                case Chunk.Thinking thinking when thinks ->
                        chunks.add(
                                Map.of(
                                        "type",
                                        Text.trusted("thinking"),
                                        "thinking",
                                        thinking.text()));
                // Templates look for this type, whatever the type on the wire.
                case Chunk.Image _ -> chunks.add(Map.of("type", Text.trusted("image")));
                case Chunk.Thinking _ -> {
                    // The template does not read thinking from the content.
                }
            }
        }
        return chunks;
    }

    private static String thinking(Message message) {
        return message.thinking().stream().map(Chunk.Thinking::text).collect(Collectors.joining());
    }

    private Map<String, Object> toolCall(ToolCall call) {
        Map<String, Object> function = new LinkedHashMap<>();
        Object arguments = plain(call.arguments());
        function.put("name", call.name());
        function.put(
                "arguments",
                shape.argumentsAsText() && arguments instanceof Map<?, ?>
                        ? json(arguments)
                        : arguments);
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("id", call.id());
        values.put("type", Text.trusted("function"));
        values.put("function", function);
        return values;
    }

    static Object json(Object value) {
        return AS_JSON.render(
                        Map.of("value", value),
                        LocalDateTime.MIN,
                        TemplateLimits.forInput(chars(value)))
                .toString();
    }

    private static Map<String, Object> tool(Tool tool) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", tool.name());
        function.put("description", tool.description());
        function.put("parameters", plain(tool.parameters()));
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("type", Text.trusted("function"));
        values.put("function", function);
        return values;
    }

    static Object plain(Object value) {
        return plain(value, 0);
    }

    /**
     * Replaces JSON's null by None. Values that are nested too deep are left unchanged; the
     * template engine refuses them.
     */
    private static Object plain(Object value, int depth) {
        if (depth > MAX_DEPTH) {
            return value;
        }
        return switch (value) {
            case JsonNull _ -> None.NONE;
            case List<?> list -> {
                List<Object> items = new ArrayList<>(list.size());
                for (Object item : list) {
                    items.add(plain(item, depth + 1));
                }
                yield items;
            }
            case Map<?, ?> map -> {
                Map<Object, Object> values = LinkedHashMap.newLinkedHashMap(map.size());
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    values.put(entry.getKey(), plain(entry.getValue(), depth + 1));
                }
                yield values;
            }
            default -> value;
        };
    }
}

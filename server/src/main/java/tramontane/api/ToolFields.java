package tramontane.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import tramontane.chat.Tool;

/**
 * Parses {@code tools} and {@code tool_choice}: their shape is checked whole even where they are
 * refused.
 */
final class ToolFields {
    private static final List<String> TYPES =
            List.of(
                    "function",
                    "web_search",
                    "web_search_premium",
                    "code_interpreter",
                    "image_generation",
                    "document_library",
                    "connector");
    private static final List<String> CHOICES = List.of("auto", "none", "any", "required");
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");
    private static final int MAX_TOOLS = 512;

    private ToolFields() {}

    static List<Tool> tools(Value value) {
        List<Tool> tools = new ArrayList<>();
        for (Value item : value.list(MAX_TOOLS).orElse(List.of())) {
            item.object().flatMap(ToolFields::tool).ifPresent(tools::add);
        }
        return tools;
    }

    private static Optional<Tool> tool(Fields fields) {
        String type = "function";
        Optional<Value> given = fields.optional("type");
        if (given.isPresent()) {
            Optional<String> known = given.get().oneOf(TYPES);
            if (known.isEmpty()) {
                return Optional.empty();
            }
            type = known.get();
        }
        if (!type.equals("function")) {
            fields.place()
                    .as(type)
                    .notSupported("tools of type " + type + " run on the hosted service only");
            return Optional.empty();
        }
        Optional<Tool> tool =
                fields.required("function").flatMap(Value::object).flatMap(ToolFields::function);
        fields.end();
        return tool;
    }

    private static Optional<Tool> function(Fields fields) {
        Optional<String> name = fields.required("name").flatMap(ToolFields::name);
        String description =
                fields.optional("description")
                        .flatMap(text -> text.string(Integer.MAX_VALUE))
                        .orElse("");
        boolean strict = fields.optional("strict").flatMap(Value::bool).orElse(false);
        Optional<Map<String, Object>> parameters =
                fields.required("parameters").flatMap(Value::map);
        fields.end();
        return name.flatMap(
                text -> parameters.map(schema -> new Tool(text, description, schema, strict)));
    }

    private static Optional<String> name(Value value) {
        Optional<String> name = value.string(64);
        if (name.isPresent() && !NAME.matcher(name.get()).matches()) {
            value.fault(
                    "string_pattern_mismatch",
                    "String should match pattern '^[a-zA-Z0-9_-]{1,64}$'",
                    Map.of("pattern", "^[a-zA-Z0-9_-]{1,64}$"));
            return Optional.empty();
        }
        return name;
    }

    /**
     * Refuses every choice that could make the model call a tool; {@code auto} and {@code none}
     * call none.
     */
    static void toolChoice(Value value) {
        if (value.node().isObject()) {
            value.object()
                    .ifPresent(choice -> {
                        choice.optional("type").ifPresent(type -> type.oneOf(List.of("function")));
                        choice.required("function")
                                .flatMap(Value::object)
                                .ifPresent(function -> {
                                    function.required("name").ifPresent(ToolFields::name);
                                    function.end();
                                });
                        choice.end();
                    });
            value.notSupported("a forced tool call is not supported yet");
            return;
        }
        value.oneOf(CHOICES)
                .filter(choice -> choice.equals("any") || choice.equals("required"))
                .ifPresent(choice ->
                        value.notSupported("tool_choice \"" + choice + "\" is not supported yet"));
    }
}

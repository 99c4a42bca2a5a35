package tramontane.api;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import tramontane.chat.Tool;
import tramontane.grammar.JsonSchema;

/** Parses {@code tools}, {@code tool_choice} and {@code parallel_tool_calls}. */
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
    private static final int MAX_TOOLS = 128;

    private ToolFields() {}

    static ToolUse toolUse(Fields body) {
        Optional<Value> given = body.nullable("tools");
        List<ToolUse.Offer> offers = given.map(ToolFields::tools).orElse(List.of());
        // A faulty tool is reported once, not again for the choice that names it.
        boolean whole =
                given.isEmpty()
                        || given.get().node().isArray()
                                && given.get().node().size() == offers.size();
        boolean parallel = body.optional("parallel_tool_calls").flatMap(Value::bool).orElse(true);
        Optional<Value> choice = body.optional("tool_choice");
        if (choice.isPresent() && choice.get().node().isObject()) {
            return named(offers, choice.get(), whole);
        }
        ToolUse.Choice wanted =
                choice.flatMap(value -> choice(value, whole && offers.isEmpty()))
                        .orElse(ToolUse.Choice.AUTO);
        return new ToolUse(offers, offers, wanted, parallel);
    }

    private static Optional<ToolUse.Choice> choice(Value value, boolean nothingToCall) {
        Optional<String> word = value.oneOf(CHOICES);
        boolean forced =
                word.filter(each -> !each.equals("auto") && !each.equals("none")).isPresent();
        if (forced && nothingToCall) {
            value.fault(
                    "value_error", "tool_choice \"" + word.get() + "\" needs at least one tool");
        }
        return word.map(each ->
                switch (each) {
                    case "auto" -> ToolUse.Choice.AUTO;
                    case "none" -> ToolUse.Choice.NONE;
                    default -> ToolUse.Choice.CALL;
                });
    }

    /** One named tool, called exactly once. */
    private static ToolUse named(List<ToolUse.Offer> offers, Value value, boolean whole) {
        Optional<Value> name =
                value.object()
                        .flatMap(choice -> {
                            choice.optional("type")
                                    .ifPresent(type -> type.oneOf(List.of("function")));
                            Optional<Value> found =
                                    choice.required("function")
                                            .flatMap(Value::object)
                                            .flatMap(function -> {
                                                Optional<Value> text = function.required("name");
                                                function.end();
                                                return text;
                                            });
                            choice.end();
                            return found;
                        });
        List<ToolUse.Offer> callable =
                name.flatMap(ToolFields::name)
                        .map(text ->
                                offers.stream()
                                        .filter(offer -> offer.tool().name().equals(text))
                                        .toList())
                        .orElse(offers);
        if (callable.isEmpty() && whole) {
            name.orElse(value)
                    .fault(
                            "value_error",
                            "tool_choice names a function that is not among the tools");
        }
        return new ToolUse(offers, callable, ToolUse.Choice.CALL, false);
    }

    private static List<ToolUse.Offer> tools(Value value) {
        List<ToolUse.Offer> tools = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Value item : value.list(MAX_TOOLS).orElse(List.of())) {
            item.object()
                    .flatMap(ToolFields::tool)
                    .ifPresent(offer -> {
                        if (!names.add(offer.tool().name())) {
                            item.fault(
                                    "value_error",
                                    "Function names must differ, and this one was given before");
                        }
                        tools.add(offer);
                    });
        }
        return tools;
    }

    private static Optional<ToolUse.Offer> tool(Fields fields) {
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
        Optional<ToolUse.Offer> tool =
                fields.required("function").flatMap(Value::object).flatMap(ToolFields::function);
        fields.end();
        return tool;
    }

    private static Optional<ToolUse.Offer> function(Fields fields) {
        Optional<String> name = fields.required("name").flatMap(ToolFields::name);
        String description =
                fields.optional("description")
                        .flatMap(text -> text.string(Integer.MAX_VALUE))
                        .orElse("");
        boolean strict = fields.optional("strict").flatMap(Value::bool).orElse(false);
        Optional<Value> given = fields.required("parameters");
        Optional<Map<String, Object>> parameters = given.flatMap(Value::map);
        Optional<JsonSchema> arguments =
                parameters.flatMap(schema -> arguments(given.orElseThrow(), schema));
        fields.end();
        return name.flatMap(text ->
                arguments.map(schema ->
                        new ToolUse.Offer(
                                new Tool(text, description, parameters.orElseThrow(), strict),
                                schema)));
    }

    /** Arguments are an object even if the schema does not say so. */
    private static Optional<JsonSchema> arguments(Value place, Map<String, Object> parameters) {
        Object type = parameters.getOrDefault("type", "object");
        if (!type.equals("object")
                && !(type instanceof List<?> types && types.contains("object"))) {
            place.at("type", place.node())
                    .fault("value_error", "The parameters of a function describe an object");
            return Optional.empty();
        }
        Map<String, Object> schema = new LinkedHashMap<>(parameters);
        schema.put("type", "object");
        Optional<JsonSchema> arguments = AnswerSchema.compile(place, schema);
        boolean alone =
                parameters.containsKey("$ref")
                        && parameters.getOrDefault("$schema", "").toString().contains("/draft-0");
        return alone ? arguments.flatMap(_ -> referred(place, schema)) : arguments;
    }

    /** Up to draft 7, keywords beside a reference are ignored. */
    private static Optional<JsonSchema> referred(Value place, Map<String, Object> schema) {
        schema.put("anyOf", List.of(Map.of("$ref", schema.remove("$ref"))));
        return AnswerSchema.compile(place, schema);
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
}

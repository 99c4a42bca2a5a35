package tramontane.api;

import java.util.List;
import java.util.Optional;

/**
 * The documented fields this server cannot honour yet. Each is checked for its shape, passes in the
 * form that asks for nothing, and is refused by name otherwise; none is accepted and ignored.
 */
final class UnsupportedFields {
    private static final List<String> EFFORTS =
            List.of("none", "minimal", "low", "medium", "high", "xhigh", "max");
    private static final int MAX_GUARDRAILS = 64;

    private UnsupportedFields() {}

    static void check(Fields body) {
        tools(body);
        body.optional("response_format").ifPresent(UnsupportedFields::responseFormat);
        body.nullable("reasoning_effort")
                .ifPresent(value ->
                        value.oneOf(EFFORTS)
                                .filter(effort -> !effort.equals("none"))
                                .ifPresent(effort ->
                                        value.notSupported(
                                                "reasoning_effort is not supported yet")));
        body.nullable("guardrails")
                .ifPresent(value ->
                        value.list(MAX_GUARDRAILS)
                                .filter(guardrails -> !guardrails.isEmpty())
                                .ifPresent(guardrails ->
                                        value.notSupported(
                                                "guardrails are not supported: no moderation model is served here")));
        body.nullable("service_tier")
                .ifPresent(value -> value.oneOf(List.of("auto", "standard_only")));
        documents(body);
    }

    private static void tools(Fields body) {
        body.nullable("tools")
                .ifPresent(value -> {
                    ToolFields.tools(value);
                    if (!value.node().isEmpty()) {
                        value.notSupported("tools are not supported yet");
                    }
                });
        body.optional("tool_choice").ifPresent(ToolFields::toolChoice);
        // Whether calls may be parallel asks for nothing where there are no calls.
        body.optional("parallel_tool_calls").ifPresent(Value::bool);
    }

    private static void responseFormat(Value value) {
        value.object()
                .ifPresent(format -> {
                    Optional<Value> type = format.optional("type");
                    String name =
                            type.flatMap(word ->
                                            word.oneOf(
                                                    List.of("text", "json_object", "json_schema")))
                                    .orElse("text");
                    Optional<Value> schema = format.nullable("json_schema");
                    schema.flatMap(Value::object).ifPresent(UnsupportedFields::jsonSchema);
                    format.end();
                    if (!name.equals("text")) {
                        value.notSupported("response_format \"" + name + "\" is not supported yet");
                    } else if (schema.isPresent()) {
                        value.notSupported(
                                "json_schema needs response_format.type \"json_schema\", which is not supported yet");
                    }
                });
    }

    private static void jsonSchema(Fields schema) {
        schema.required("name").ifPresent(name -> name.string(256));
        schema.required("schema").ifPresent(Value::map);
        schema.nullable("description").ifPresent(text -> text.string(Integer.MAX_VALUE));
        schema.optional("strict").ifPresent(Value::bool);
        schema.end();
    }

    /** Limits on documents are kept by refusing every document, so any limit passes. */
    private static void documents(Fields body) {
        for (String name : List.of("document_image_limit", "document_page_limit")) {
            body.nullable(name).ifPresent(value -> value.integer(0, Integer.MAX_VALUE));
        }
    }
}

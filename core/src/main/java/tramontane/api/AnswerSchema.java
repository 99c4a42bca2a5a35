package tramontane.api;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import tramontane.grammar.JsonSchema;
import tramontane.grammar.SchemaException;

/**
 * The schema that an answer in JSON must satisfy.
 *
 * @param shown the schema as the client wrote it, which is added to the prompt; empty in JSON mode
 */
public record AnswerSchema(JsonSchema schema, Optional<Map<String, Object>> shown) {
    private static final List<String> TYPES = List.of("text", "json_object", "json_schema");
    private static final int MAX_NAME_CHARS = 256;

    /** Reads {@code response_format}; empty for text. */
    static Optional<AnswerSchema> parse(Value value) {
        return value.object()
                .flatMap(format -> {
                    String type =
                            format.optional("type")
                                    .flatMap(word -> word.oneOf(TYPES))
                                    .orElse("text");
                    Optional<Value> given = format.nullable("json_schema");
                    Optional<AnswerSchema> schema =
                            given.flatMap(Value::object).flatMap(AnswerSchema::named);
                    format.end();
                    boolean wanted = type.equals("json_schema");
                    if (wanted && given.isEmpty()) {
                        value.at("json_schema", value.node()).fault("missing", "Field required");
                    } else if (!wanted && given.isPresent()) {
                        given.get()
                                .fault(
                                        "value_error",
                                        "json_schema needs response_format.type \"json_schema\"");
                    }
                    return type.equals("json_object")
                            ? Optional.of(
                                    new AnswerSchema(JsonSchema.anyObject(), Optional.empty()))
                            : schema.filter(any -> wanted);
                });
    }

    private static Optional<AnswerSchema> named(Fields fields) {
        fields.required("name").ifPresent(name -> name.string(MAX_NAME_CHARS));
        fields.nullable("description").ifPresent(text -> text.string(Integer.MAX_VALUE));
        // The schema is enforced whether it is strict or not.
        fields.optional("strict").ifPresent(Value::bool);
        Optional<Value> place = fields.required("schema");
        Optional<AnswerSchema> schema =
                place.flatMap(Value::map)
                        .flatMap(shown ->
                                compile(place.orElseThrow(), shown)
                                        .map(compiled ->
                                                new AnswerSchema(compiled, Optional.of(shown))));
        fields.end();
        return schema;
    }

    /** Compiles the schema, or reports one fault for each part of it that cannot be enforced. */
    static Optional<JsonSchema> compile(Value place, Map<String, Object> schema) {
        try {
            return Optional.of(
                    SchemaCompilation.compile(
                            ClosedSchema.of(schema), place.faults().schemaWork()));
        } catch (SchemaException e) {
            for (SchemaException.Refusal refusal : e.refusals()) {
                String pointer = Faults.wellFormed(refusal.pointer());
                String reason = Faults.wellFormed(refusal.reason());
                place.fault(
                        "schema_not_enforceable",
                        (pointer.isEmpty() ? "The schema" : pointer) + ": " + reason,
                        Map.of("pointer", pointer, "reason", reason));
            }
            return Optional.empty();
        }
    }
}

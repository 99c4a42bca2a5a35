package tramontane.api;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.AnswerForm.StreamUsage;
import tramontane.api.OpenAiField.Treatment;

/**
 * A body with OpenAI's fields, rewritten as a body of Mistral's API. This is the only code that
 * knows OpenAI's fields: what follows reads the rewritten body.
 *
 * <p>The body that was sent is not changed. The rewritten one shares those parts that are the same.
 *
 * @param body what Mistral's parser reads
 * @param form how the answer is written
 */
record OpenAiTranslation(Value body, AnswerForm form) {
    /** Fields that may be null in OpenAI's API and not in Mistral's. */
    private static final Set<String> NULLABLE =
            Set.of("stream", "parallel_tool_calls", "tool_choice", "response_format", "prediction");

    /** A body with Mistral's fields only. */
    static OpenAiTranslation none(Value body) {
        return new OpenAiTranslation(body, AnswerForm.MISTRAL);
    }

    static OpenAiTranslation of(Value sent) {
        if (!(sent.node() instanceof ObjectNode object)) {
            return none(sent);
        }
        ObjectNode body = copy(object);
        for (String name : NULLABLE) {
            if (body.path(name).isNull()) {
                body.remove(name);
            }
        }
        StreamUsage usage = streamUsage(sent, body);
        dropUnread(OpenAiFields.BODY, sent, body);
        seed(sent, body);
        limit(sent, body);
        exactLength(sent, body);
        replace(body, "prediction", OpenAiTranslation::prediction);
        replace(body, "response_format", OpenAiTranslation::format);
        replaceEach(body, "tools", OpenAiTranslation::tool);
        if (object.path("messages") instanceof ArrayNode list) {
            Value messages = sent.at("messages", list);
            ArrayNode read = JsonNodeFactory.instance.arrayNode();
            for (int i = 0; i < list.size(); i++) {
                read.add(message(messages.at(i, list.get(i))));
            }
            body.set("messages", read);
        }
        return new OpenAiTranslation(
                new Value(sent.faults(), sent.loc(), body),
                new AnswerForm(AnswerForm.Shape.OPENAI, usage));
    }

    /** The same for a request for embeddings. */
    static Value embeddings(Value sent) {
        if (!(sent.node() instanceof ObjectNode object)) {
            return sent;
        }
        ObjectNode body = copy(object);
        dropUnread(OpenAiFields.EMBEDDINGS, sent, body);
        Optional<JsonNode> dimensions = taken(body, "dimensions");
        JsonNode own = body.path("output_dimension");
        if (dimensions.isPresent() && own.isNumber() && !own.equals(dimensions.get())) {
            sent.at("dimensions", dimensions.get())
                    .fault(
                            "value_error",
                            "dimensions and output_dimension are the same field, and differ");
        } else if (dimensions.isPresent()) {
            body.set("output_dimension", dimensions.get());
            sent.faults().renamed("dimensions", "output_dimension");
        }
        return new Value(sent.faults(), sent.loc(), body);
    }

    /** Removes ignored and refused fields, and reports the refused ones. */
    private static void dropUnread(List<OpenAiField> fields, Value place, ObjectNode object) {
        for (OpenAiField field : fields) {
            JsonNode value = object.path(field.name());
            if (value.isMissingNode()
                    || !field.is(Treatment.IGNORED) && !field.is(Treatment.REFUSED)) {
                continue;
            }
            object.remove(field.name());
            if (field.is(Treatment.REFUSED) && !field.asksNothing(value)) {
                place.at(field.name(), value)
                        .notSupported(field.name() + " is not supported: " + field.note());
            }
        }
    }

    private static StreamUsage streamUsage(Value sent, ObjectNode body) {
        Optional<JsonNode> given = Optional.ofNullable(body.remove("stream_options"));
        Optional<Fields> options =
                given.filter(value -> !value.isNull())
                        .flatMap(value -> sent.at("stream_options", value).object());
        if (options.isEmpty()) {
            return StreamUsage.LAST_CHUNK;
        }
        Fields fields = options.get();
        boolean wanted = fields.nullable("include_usage").flatMap(Value::bool).orElse(false);
        boolean continuous =
                fields.nullable("continuous_usage_stats").flatMap(Value::bool).orElse(false);
        fields.nullable("include_obfuscation")
                .filter(value -> value.bool().orElse(false))
                .ifPresent(value ->
                        value.notSupported(
                                "include_obfuscation is not supported: chunks are not padded to hide their length"));
        fields.end();
        if (!body.path("stream").asBoolean(false)) {
            fields.place().fault("value_error", "stream_options needs stream: true");
        }
        if (!wanted) {
            return StreamUsage.NOWHERE;
        }
        return continuous ? StreamUsage.EVERY_CHUNK : StreamUsage.OWN_CHUNK;
    }

    private static void seed(Value sent, ObjectNode body) {
        Optional<JsonNode> seed = taken(body, "seed");
        if (seed.isEmpty()) {
            return;
        }
        JsonNode own = body.path("random_seed");
        if (own.isNumber() && !own.toString().equals(seed.get().toString())) {
            sent.at("seed", seed.get())
                    .fault("value_error", "seed and random_seed are the same field, and differ");
            return;
        }
        body.set("random_seed", seed.get());
        sent.faults().renamed("seed", "random_seed");
    }

    /** Both limits hold if the smaller one does. */
    private static void limit(Value sent, ObjectNode body) {
        Optional<JsonNode> limit = taken(body, "max_completion_tokens");
        if (limit.isEmpty()) {
            return;
        }
        JsonNode own = body.path("max_tokens");
        boolean smaller =
                own.isMissingNode()
                        || own.isNull()
                        || !limit.get().isNumber()
                        || own.isNumber() && PlainJson.real(limit.get()) < PlainJson.real(own);
        if (smaller) {
            body.set("max_tokens", limit.get());
            sent.faults().renamed("max_completion_tokens", "max_tokens");
        }
    }

    /** An answer that ignores the model's end is one that is as long as its limit. */
    private static void exactLength(Value sent, ObjectNode body) {
        Optional<JsonNode> given = taken(body, "ignore_eos");
        if (given.isEmpty()) {
            return;
        }
        Value value = sent.at("ignore_eos", given.get());
        if (!value.bool().orElse(false)) {
            return;
        }
        JsonNode limit = body.path("max_tokens");
        JsonNode stop = body.path("stop");
        if (!limit.isNumber()) {
            value.fault("value_error", "ignore_eos needs max_tokens");
        } else if (stop.isString() || !stop.isEmpty()) {
            value.fault("value_error", "ignore_eos cannot be combined with stop");
        } else {
            body.set("min_tokens", limit);
        }
    }

    /** A text may be a list of text parts. */
    private static JsonNode prediction(JsonNode sent) {
        if (!(sent instanceof ObjectNode object)
                || !(object.path("content") instanceof ArrayNode parts)) {
            return sent;
        }
        StringBuilder text = new StringBuilder();
        for (JsonNode part : parts) {
            if (!part.path("type").asString("text").equals("text")
                    || !part.path("text").isString()) {
                return sent;
            }
            text.append(part.path("text").stringValue());
        }
        return copy(object).put("content", text.toString());
    }

    private static JsonNode format(JsonNode sent) {
        if (!(sent instanceof ObjectNode object)) {
            return sent;
        }
        ObjectNode format = copy(object);
        replace(format, "json_schema", schema -> without(schema, "strict"));
        return format;
    }

    /** A function without parameters takes none. */
    private static JsonNode tool(JsonNode sent) {
        if (!(sent instanceof ObjectNode object)) {
            return sent;
        }
        ObjectNode tool = copy(object);
        replace(
                tool,
                "function",
                given -> {
                    JsonNode function = without(given, "strict", "description", "parameters");
                    if (function instanceof ObjectNode copied && !copied.has("parameters")) {
                        copied.putObject("parameters")
                                .put("type", "object")
                                .putObject("properties");
                    }
                    return function;
                });
        return tool;
    }

    private static JsonNode message(Value sent) {
        if (!(sent.node() instanceof ObjectNode object)) {
            return sent.node();
        }
        ObjectNode message = copy(object);
        String role = object.path("role").asString("user");
        if (role.equals("developer")) {
            message.put("role", "system");
        }
        // The name in a tool message is that of the function, and is read.
        Optional<JsonNode> name =
                role.equals("tool") ? Optional.ofNullable(message.get("name")) : Optional.empty();
        Value place = sent.as(message.path("role").asString("user"));
        dropUnread(OpenAiFields.MESSAGE, place, message);
        name.ifPresent(value -> message.set("name", value));
        replaceEach(
                message,
                "content",
                part ->
                        part instanceof ObjectNode parts
                                ? copy(parts).without("prompt_cache_breakpoint")
                                : part);
        if (role.equals("assistant")) {
            thinking(place, message);
        }
        return message;
    }

    /** The thinking that came before this answer is first in its content. */
    private static void thinking(Value place, ObjectNode message) {
        String thought = "";
        for (String name : List.of("reasoning", "reasoning_content")) {
            Optional<String> text =
                    taken(message, name)
                            .flatMap(value -> place.at(name, value).string(Integer.MAX_VALUE));
            thought = text.filter(each -> !each.isEmpty()).orElse(thought);
        }
        if (thought.isEmpty()) {
            return;
        }
        ArrayNode chunks = JsonNodeFactory.instance.arrayNode();
        chunks.addObject()
                .put("type", "thinking")
                .putArray("thinking")
                .addObject()
                .put("type", "text")
                .put("text", thought);
        JsonNode content = message.path("content");
        if (content instanceof ArrayNode parts) {
            chunks.addAll(parts);
        } else if (content.isString() && !content.stringValue().isEmpty()) {
            chunks.addObject().put("type", "text").set("text", content);
        }
        message.set("content", chunks);
    }

    /** Removes a field; empty if it is not there or null. */
    private static Optional<JsonNode> taken(ObjectNode object, String name) {
        return Optional.ofNullable(object.remove(name)).filter(value -> !value.isNull());
    }

    private static void replace(ObjectNode object, String name, UnaryOperator<JsonNode> change) {
        Optional.ofNullable(object.get(name))
                .ifPresent(value -> object.set(name, change.apply(value)));
    }

    private static void replaceEach(
            ObjectNode object, String name, UnaryOperator<JsonNode> change) {
        if (object.get(name) instanceof ArrayNode list) {
            ArrayNode changed = JsonNodeFactory.instance.arrayNode();
            list.forEach(item -> changed.add(change.apply(item)));
            object.set(name, changed);
        }
    }

    /** A copy without those fields that are null. */
    private static JsonNode without(JsonNode node, String... nullable) {
        if (!(node instanceof ObjectNode object)) {
            return node;
        }
        ObjectNode copy = copy(object);
        for (String name : nullable) {
            if (copy.path(name).isNull()) {
                copy.remove(name);
            }
        }
        return copy;
    }

    private static ObjectNode copy(ObjectNode object) {
        ObjectNode copy = JsonNodeFactory.instance.objectNode();
        copy.setAll(object);
        return copy;
    }
}

package tramontane.ledger;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a request's body says apart from its content: no message, prompt, schema, tool or stop
 * string.
 *
 * @param model as the client wrote it
 * @param parameters a JSON object
 * @param images number of images in its messages
 */
public record RequestSummary(
        Optional<String> model,
        Optional<Boolean> streamed,
        Optional<String> parameters,
        Optional<Integer> images) {
    /** Nothing is known of a body that was not read or is not JSON. */
    public static final RequestSummary UNKNOWN =
            new RequestSummary(
                    Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    private static final int MAX_MODEL_CHARS = 200;
    private static final int MAX_DIGITS = 40;

    /** Numbers and booleans are kept; anything else in these fields is a fault of the request. */
    private static final List<String> SCALARS =
            List.of(
                    "temperature",
                    "top_p",
                    "top_k",
                    "max_tokens",
                    "max_completion_tokens",
                    "min_tokens",
                    "n",
                    "random_seed",
                    "seed",
                    "presence_penalty",
                    "frequency_penalty",
                    "repetition_penalty",
                    "safe_prompt",
                    "parallel_tool_calls",
                    "logprobs",
                    "top_logprobs",
                    "prompt_logprobs");

    /** Only these words are kept: a client may write anything. */
    private static final List<String> WORD_FIELDS =
            List.of("reasoning_effort", "prompt_mode", "tool_choice", "service_tier");

    private static final Set<String> WORDS =
            Set.of(
                    "none",
                    "minimal",
                    "low",
                    "medium",
                    "high",
                    "xhigh",
                    "max",
                    "reasoning",
                    "auto",
                    "any",
                    "required",
                    "standard_only",
                    "text",
                    "json_object",
                    "json_schema");

    private static final List<String> COUNTED = List.of("messages", "tools", "stop");

    /** Reads any JSON, whether it is a valid request or not. */
    public static RequestSummary of(JsonNode body) {
        if (!body.isObject()) {
            return UNKNOWN;
        }
        ObjectNode kept = JsonNodeFactory.instance.objectNode();
        for (String name : SCALARS) {
            JsonNode value = body.path(name);
            if (value.isBoolean() || value.isNumber() && value.toString().length() <= MAX_DIGITS) {
                kept.set(name, value);
            }
        }
        for (String name : WORD_FIELDS) {
            word(body.path(name)).ifPresent(word -> kept.put(name, word));
        }
        if (body.path("tool_choice").isObject()) {
            kept.put("tool_choice", "function");
        }
        word(body.path("response_format").path("type"))
                .ifPresent(word -> kept.put("response_format", word));
        for (String name : COUNTED) {
            JsonNode value = body.path(name);
            if (value.isArray() || value.isString()) {
                kept.put(name, value.isArray() ? value.size() : 1);
            }
        }
        JsonNode model = body.path("model");
        JsonNode stream = body.path("stream");
        return new RequestSummary(
                model.isString() ? Optional.of(shortened(model.stringValue())) : Optional.empty(),
                stream.isBoolean() ? Optional.of(stream.booleanValue()) : Optional.empty(),
                Optional.of(kept.toString()),
                Optional.of(images(body)));
    }

    /** Chunks with this field are images, whether they have a type or not. */
    private static int images(JsonNode body) {
        int images = 0;
        for (JsonNode message : body.path("messages")) {
            for (JsonNode chunk : message.path("content")) {
                images += chunk.has("image_url") ? 1 : 0;
            }
        }
        return images;
    }

    public boolean hasImages() {
        return images.orElse(0) > 0;
    }

    private static Optional<String> word(JsonNode value) {
        return value.isString() && WORDS.contains(value.stringValue())
                ? Optional.of(value.stringValue())
                : Optional.empty();
    }

    private static String shortened(String text) {
        return text.length() <= MAX_MODEL_CHARS ? text : text.substring(0, MAX_MODEL_CHARS) + "…";
    }
}

package tramontane.usage;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.api.Usage;

/**
 * One request as it stood at some moment.
 *
 * @param id the value of the answer's {@code mistral-correlation-id} header
 * @param asked what was asked for, once the request has been read
 * @param metrics of the engine, once it has the request
 */
public record RequestRecord(
        String id,
        Origin origin,
        State state,
        Optional<Asked> asked,
        Outcome outcome,
        Optional<Metrics> metrics,
        Optional<Bodies> bodies) {

    /**
     * Where the request came from, and when.
     *
     * @param createdMillis since 1970
     * @param client what the client calls itself
     */
    public record Origin(long createdMillis, String path, String client) {}

    /**
     * What was asked for.
     *
     * @param model the name the caller used
     * @param seed the request's own, or the one that was drawn for it
     */
    public record Asked(String model, boolean stream, int choices, long seed) {}

    /** How far a request has come. */
    public enum State {
        RUNNING,
        DONE,
        /** The client left before the end. */
        LEFT;

        String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What came of it.
     *
     * @param status of the HTTP answer, once it is known
     * @param millis from its arrival until now, or to its end
     */
    public record Outcome(
            Optional<Integer> status,
            double millis,
            List<String> finishReasons,
            Optional<Usage> usage,
            Optional<ApiException> error) {
        public Outcome {
            finishReasons = List.copyOf(finishReasons);
        }
    }

    /** What was sent in both directions, where it is kept. */
    public record Bodies(byte[] request, ObjectNode answer) {}

    private static final int MAX_MESSAGE_CHARS = 1000;

    /** The record without what was sent, for lists. */
    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("object", "request").put("id", id);
        json.put("created_ms", origin.createdMillis).put("path", origin.path);
        json.put("client", origin.client).put("state", state.wireName());
        json.put("status", outcome.status.orElse(null));
        json.put("model", asked.map(Asked::model).orElse(null));
        json.put("stream", asked.map(Asked::stream).orElse(null));
        json.put("n", asked.map(Asked::choices).orElse(null));
        json.put("random_seed", asked.map(Asked::seed).orElse(null));
        json.put("total_ms", Math.round(outcome.millis * 100) / 100.0);
        ArrayNode reasons = json.putArray("finish_reasons");
        outcome.finishReasons.forEach(reasons::add);
        json.set(
                "usage",
                outcome.usage
                        .<tools.jackson.databind.JsonNode>map(Usage::toJson)
                        .orElse(JsonNodeFactory.instance.nullNode()));
        json.set(
                "metrics",
                metrics.<tools.jackson.databind.JsonNode>map(Metrics::toJson)
                        .orElse(JsonNodeFactory.instance.nullNode()));
        json.set(
                "error",
                outcome.error
                        .<tools.jackson.databind.JsonNode>map(RequestRecord::error)
                        .orElse(JsonNodeFactory.instance.nullNode()));
        return json.put("has_bodies", bodies.isPresent());
    }

    private static ObjectNode error(ApiException error) {
        String message = String.valueOf(error.getMessage());
        return JsonNodeFactory.instance
                .objectNode()
                .put("status", error.code().status())
                .put("type", error.code().type())
                .put(
                        "message",
                        message.length() <= MAX_MESSAGE_CHARS
                                ? message
                                : message.substring(0, MAX_MESSAGE_CHARS) + "…");
    }
}

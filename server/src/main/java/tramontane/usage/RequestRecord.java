package tramontane.usage;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.api.ModelCard;
import tramontane.api.Usage;
import tramontane.backend.Metrics;

/**
 * A snapshot of one request.
 *
 * @param id the value of the {@code mistral-correlation-id} header
 * @param asked parameters of the request, once it has been parsed
 * @param metrics the engine's figures, once it has accepted the request
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
     * When and from where a request came.
     *
     * @param createdMillis since 1970
     * @param client the User-Agent header
     */
    public record Origin(long createdMillis, String path, String client) {}

    /**
     * Parameters of a request.
     *
     * @param model the name that the client used
     * @param served the model that answers
     * @param seed the request's seed, or the random one used instead
     */
    public record Asked(String model, ModelCard served, boolean stream, int choices, long seed) {}

    /** The state of a request. */
    public enum State {
        RUNNING,
        DONE,
        /** The client disconnected before the end. */
        LEFT;

        String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * The outcome of a request so far.
     *
     * @param status HTTP status, once known
     * @param millis time from arrival to now or to the end
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

    /** The bodies of the request and the answer, if they are kept. */
    public record Bodies(byte[] request, ObjectNode answer) {}

    private static final int MAX_MESSAGE_CHARS = 1000;

    /** The record without bodies, for lists. */
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

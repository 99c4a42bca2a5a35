package tramontane.backend;

import java.util.OptionalLong;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tramontane.engine.Generation;

/**
 * The engine's figures for one answer, during generation or after it.
 *
 * @param submittedNanos when the engine got the request, by {@link System#nanoTime}; empty if it
 *     never did
 * @param started true once the prompt is being computed, as far as this server knows
 */
public record Metrics(
        int promptTokens,
        OptionalLong submittedNanos,
        Generation.Counts counts,
        Generation.Progress progress,
        boolean started) {
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double NANOS_PER_SECOND = 1e9;

    /** The figures of a request for which nothing is generated. */
    public static Metrics nothingGenerated(int promptTokens) {
        return new Metrics(
                promptTokens,
                OptionalLong.empty(),
                new Generation.Counts(0, 0, 0),
                Generation.Progress.NONE,
                false);
    }

    /** The JSON form described in docs/EXTENSIONS.md. Unknown figures are null. */
    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        putMillis(json, "queue_ms", progress.queuedNanos());
        json.put("prompt_tokens", promptTokens)
                .put("cached_tokens", counts.cachedTokens())
                .put("computed_tokens", promptTokens - counts.cachedTokens());
        putMillis(json, "first_token_ms", progress.firstTokenNanos());
        json.put("completion_tokens", progress.tokens());
        // The first token is sampled when the prompt is computed, so it does not count for the
        // rate.
        if (progress.tokens() > 1 && progress.answeringNanos() > 0) {
            json.put(
                    "tokens_per_second",
                    round((progress.tokens() - 1) * NANOS_PER_SECOND / progress.answeringNanos()));
        } else {
            json.putNull("tokens_per_second");
        }
        return json.put("accepted_drafts", counts.acceptedDrafts())
                .put("rejected_drafts", counts.rejectedDrafts());
    }

    private static void putMillis(ObjectNode json, String name, OptionalLong nanos) {
        if (nanos.isPresent()) {
            json.put(name, round(nanos.getAsLong() / NANOS_PER_MILLI));
        } else {
            json.putNull(name);
        }
    }

    private static double round(double value) {
        return Math.round(value * 100) / 100.0;
    }
}

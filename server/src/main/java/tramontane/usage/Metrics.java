package tramontane.usage;

import java.util.OptionalLong;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tramontane.engine.Generation;

/** The engine's figures for one answer, at any moment while it is being made or after it. */
public record Metrics(int promptTokens, Generation.Counts counts, Generation.Progress progress) {
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double NANOS_PER_SECOND = 1e9;

    /** An answer for which nothing was generated. */
    public static Metrics nothingGenerated(int promptTokens) {
        return new Metrics(promptTokens, new Generation.Counts(0, 0, 0), Generation.Progress.NONE);
    }

    /** The fields are described in docs/EXTENSIONS.md. What is not known yet is null. */
    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        putMillis(json, "queue_ms", progress.queuedNanos());
        json.put("prompt_tokens", promptTokens)
                .put("cached_tokens", counts.cachedTokens())
                .put("computed_tokens", promptTokens - counts.cachedTokens());
        putMillis(json, "first_token_ms", progress.firstTokenNanos());
        json.put("completion_tokens", progress.tokens());
        // The first token is part of reading the prompt, so the rate counts the tokens after it.
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

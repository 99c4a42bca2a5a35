package tramontane.bench.quality;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * What masks cost in a greedy answer: at each token, the log-probability of the likeliest token
 * less that of the token taken, both from the logits before any mask. It is 0 where the mask let
 * the model's own choice pass. Counted is the JSON, from the first bracket to the last: the marks
 * of a tool call that had to come say nothing about its arguments.
 *
 * @param nats the sum over the JSON, in natural logarithms
 * @param tokens how many were counted
 * @param overruled how many were not the likeliest
 * @param largest the places where most was lost, in the answer's order
 */
record MaskCost(double nats, int tokens, int overruled, List<Turn> largest) {
    private static final int MAX_TURNS = 8;
    private static final int SAMPLE_TOKENS = 8;

    /** Equal logits round differently in different engines. */
    private static final double NOISE_NATS = 1e-3;

    /**
     * A place where the model's choice was not taken.
     *
     * @param at index of the token in the answer
     */
    record Turn(int at, String wanted, String took, double nats) {}

    /** Reads {@code logprobs.content} with at least one alternative a token. */
    static MaskCost of(JsonNode scored) {
        double sum = 0;
        List<Turn> turns = new ArrayList<>();
        int first = first(scored);
        int last = last(scored);
        for (int i = first; i <= last; i++) {
            JsonNode token = scored.get(i);
            JsonNode best = token.path("top_logprobs").path(0);
            double lost = best.path("logprob").asDouble(0) - token.path("logprob").asDouble(0);
            if (lost > NOISE_NATS) {
                sum += lost;
                turns.add(new Turn(i, best.path("token").asString(""), around(scored, i), lost));
            }
        }
        List<Turn> largest =
                turns.stream()
                        .sorted(Comparator.comparingDouble(Turn::nats).reversed())
                        .limit(MAX_TURNS)
                        .sorted(Comparator.comparingInt(Turn::at))
                        .toList();
        return new MaskCost(sum, Math.max(0, last - first + 1), turns.size(), largest);
    }

    private static int first(JsonNode scored) {
        int at = 0;
        while (at < scored.size() && !token(scored, at).matches("(?s).*[{\\[].*")) {
            at++;
        }
        return at;
    }

    private static int last(JsonNode scored) {
        int at = scored.size() - 1;
        while (at >= 0 && !token(scored, at).matches("(?s).*[}\\]].*")) {
            at--;
        }
        return at;
    }

    private static String token(JsonNode scored, int at) {
        return scored.get(at).path("token").asString("");
    }

    /** The token taken, after those before it. */
    private static String around(JsonNode scored, int at) {
        StringBuilder text = new StringBuilder();
        for (int i = Math.max(0, at - SAMPLE_TOKENS); i < at; i++) {
            text.append(token(scored, i));
        }
        return text + "⟨" + token(scored, at) + "⟩";
    }
}

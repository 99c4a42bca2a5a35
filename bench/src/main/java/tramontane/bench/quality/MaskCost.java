package tramontane.bench.quality;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * What masks cost in a greedy answer: at each token, the log-probability of the likeliest token less
 * that of the token taken, both from the logits before any mask. It is 0 where the mask let the
 * model's own choice pass.
 *
 * @param nats the sum over the answer, in natural logarithms
 * @param tokens how many were scored
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
        for (int i = 0; i < scored.size(); i++) {
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
        return new MaskCost(sum, scored.size(), turns.size(), largest);
    }

    /** The token taken, after those before it. */
    private static String around(JsonNode scored, int at) {
        StringBuilder text = new StringBuilder();
        for (int i = Math.max(0, at - SAMPLE_TOKENS); i < at; i++) {
            text.append(scored.get(i).path("token").asString(""));
        }
        return text + "⟨" + scored.get(at).path("token").asString("") + "⟩";
    }
}

package tramontane.sampling;

import java.util.Arrays;

/**
 * Chooses tokens: penalties, then temperature, then nucleus, then one draw. Holds scratch space, so
 * one thread at a time.
 *
 * <p>Nothing here calls the platform's exp; sums run in double in ascending order of token, or of
 * rank within the nucleus.
 */
public final class Sampler {
    /**
     * Tokens this many nats below the best have weight 0: together they could not reach the last
     * bit of a draw.
     */
    private static final double NEGLIGIBLE_NATS = 60;

    private final int vocabulary;
    private final double[] weights;
    private final long[] ranked;

    public Sampler(int vocabulary) {
        this.vocabulary = vocabulary;
        this.weights = new double[vocabulary];
        this.ranked = new long[vocabulary];
    }

    /**
     * Applies the penalties to the logits, in place.
     *
     * @param answer the tokens of the answer so far
     */
    public void penalize(float[] logits, SamplingParams params, TokenCounts answer) {
        if (params.presencePenalty() != 0 || params.frequencyPenalty() != 0) {
            answer.penalize(logits, params.presencePenalty(), params.frequencyPenalty());
        }
    }

    /**
     * The next token.
     *
     * @param logits one a token, with penalties applied; minus infinity for one that must not come
     * @param position of the token to be chosen in its sequence
     */
    public int draw(float[] logits, SamplingParams params, int choice, int position) {
        int best = argmax(logits);
        if (params.temperature() == 0) {
            return best;
        }
        double total = weigh(logits, logits[best], params.temperature());
        double uniform = Draw.uniform(params.seed(), choice, position);
        return params.topP() < 1
                ? drawFromNucleus(total, params.topP(), uniform, best)
                : draw(total, uniform, best);
    }

    /** The token with the highest logit, the lowest of several. */
    private int argmax(float[] logits) {
        // Two passes, because the first becomes vector code and the second ends early.
        float max = logits[0];
        for (int token = 1; token < vocabulary; token++) {
            max = Math.max(max, logits[token]);
        }
        for (int token = 0; token < vocabulary; token++) {
            if (logits[token] == max) {
                return token;
            }
        }
        return 0;
    }

    private double weigh(float[] logits, float best, double temperature) {
        double total = 0;
        for (int token = 0; token < vocabulary; token++) {
            double nats = ((double) logits[token] - best) / temperature;
            weights[token] = nats > -NEGLIGIBLE_NATS ? Exponential.exp(nats) : 0;
            total += weights[token];
        }
        return total;
    }

    private int draw(double total, double uniform, int best) {
        double target = uniform * total;
        double sum = 0;
        for (int token = 0; token < vocabulary; token++) {
            sum += weights[token];
            if (sum > target) {
                return token;
            }
        }
        return best;
    }

    private int drawFromNucleus(double total, double topP, double uniform, int best) {
        // Tokens below this cannot be in the nucleus: even all of them together would not fill what
        // is left above topP.
        double least = (1 - topP) * total / vocabulary;
        int candidates = 0;
        for (int token = 0; token < vocabulary; token++) {
            if (weights[token] >= least && weights[token] > 0) {
                // Weights are in (0, 1], so their float bits order like integers. Highest weight
                // first, then lowest token.
                long descending =
                        Integer.MAX_VALUE - Float.floatToRawIntBits((float) weights[token]);
                ranked[candidates++] = descending << 32 | token;
            }
        }
        Arrays.sort(ranked, 0, candidates);
        double mass = 0;
        int kept = 0;
        while (kept < candidates && mass < topP * total) {
            mass += weights[(int) ranked[kept++]];
        }
        double target = uniform * mass;
        double sum = 0;
        for (int rank = 0; rank < kept; rank++) {
            int token = (int) ranked[rank];
            sum += weights[token];
            if (sum > target) {
                return token;
            }
        }
        return best;
    }
}

package tramontane.sampling;

import java.util.Arrays;

/**
 * Chooses tokens: penalties, then temperature, then the likeliest so many, then nucleus, then one
 * draw. Holds scratch space, so one thread at a time.
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
     * @param seen the tokens of the answer so far, and those of the prompt where they count
     */
    public void penalize(float[] logits, SamplingParams params, TokenCounts seen) {
        if (params.penalties().any()) {
            seen.penalize(logits, params.penalties());
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
        if (params.topK() > 0 && params.topK() < vocabulary) {
            int kept = rankBest(logits, params.topK());
            return drawRanked(nucleus(kept, params.topP() * mass(kept)), uniform, best);
        }
        if (params.topP() < 1) {
            // Tokens below this cannot be in the nucleus: even all of them together would not fill
            // what is left above topP.
            int kept = rankAbove(logits, (1 - params.topP()) * total / vocabulary);
            return drawRanked(nucleus(kept, params.topP() * total), uniform, best);
        }
        return drawAny(total, uniform, best);
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

    private int drawAny(double total, double uniform, int best) {
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

    /** Ranks the tokens of at least this weight, and returns how many there are. */
    private int rankAbove(float[] logits, double least) {
        int count = 0;
        for (int token = 0; token < vocabulary; token++) {
            if (weights[token] >= least && weights[token] > 0) {
                ranked[count++] = rank(logits[token], token);
            }
        }
        Arrays.sort(ranked, 0, count);
        return count;
    }

    /** Ranks the {@code most} likeliest tokens, and returns how many there are. */
    private int rankBest(float[] logits, int most) {
        // Candidates gather until there are twice as many as wanted, and are thinned out then.
        int room = Math.clamp(2L * most, Math.min(256, vocabulary), vocabulary);
        long worst = Long.MAX_VALUE;
        int count = 0;
        for (int token = 0; token < vocabulary; token++) {
            long rank = rank(logits[token], token);
            if (rank < worst && weights[token] > 0) {
                if (count == room) {
                    Arrays.sort(ranked, 0, count);
                    count = most;
                    worst = ranked[most - 1];
                }
                ranked[count++] = rank;
            }
        }
        Arrays.sort(ranked, 0, count);
        return Math.min(count, most);
    }

    /** Orders tokens: the highest logit first, then the lowest token. */
    private static long rank(float logit, int token) {
        // The bits of positive floats order like integers, those of negative ones the other way
        // round; adding 0 makes the negative zero positive.
        int bits = Float.floatToRawIntBits(logit + 0f);
        int ascending = bits ^ bits >> 31 & Integer.MAX_VALUE;
        return (long) ~ascending << 32 | token;
    }

    private double mass(int kept) {
        double mass = 0;
        for (int i = 0; i < kept; i++) {
            mass += weights[(int) ranked[i]];
        }
        return mass;
    }

    /** How many of the ranked tokens it takes to reach the mass wanted. */
    private int nucleus(int kept, double wanted) {
        double mass = 0;
        int count = 0;
        while (count < kept && mass < wanted) {
            mass += weights[(int) ranked[count++]];
        }
        return count;
    }

    private int drawRanked(int kept, double uniform, int best) {
        double target = uniform * mass(kept);
        double sum = 0;
        for (int i = 0; i < kept; i++) {
            int token = (int) ranked[i];
            sum += weights[token];
            if (sum > target) {
                return token;
            }
        }
        return best;
    }
}

package tramontane.sampling;

import java.util.Arrays;
import tramontane.kernel.Kernels;

/**
 * Chooses tokens: penalties, then temperature, then the likeliest so many, then nucleus, then one
 * draw. Holds scratch space, so one thread at a time.
 *
 * <p>Weights are fp32, from the kernels' one exponential. They are added in double: those of a
 * block of tokens in eight sums, blocks in ascending order, the ranked in the order of their rank.
 * A vocabulary has a hundred thousand tokens, and all of them are weighed for each draw.
 */
public final class Sampler {
    /** Tokens whose weights are added up before anything is drawn. */
    private static final int BLOCK = 256;

    private final int vocabulary;
    private final Kernels kernels;

    /** One a token, and behind them 0 up to a whole block. */
    private final float[] weights;

    private final double[] blocks;
    private final long[] ranked;

    public Sampler(int vocabulary, Kernels kernels) {
        this.vocabulary = vocabulary;
        this.kernels = kernels;
        this.blocks = new double[Math.ceilDiv(vocabulary, BLOCK)];
        this.weights = new float[blocks.length * BLOCK];
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
        float inverse = (float) Math.min(1 / temperature, Float.MAX_VALUE);
        for (int token = 0; token < vocabulary; token++) {
            weights[token] = (logits[token] - best) * inverse;
        }
        Arrays.fill(weights, vocabulary, weights.length, Float.NEGATIVE_INFINITY);
        kernels.exp(weights);
        double total = 0;
        for (int block = 0; block < blocks.length; block++) {
            blocks[block] = sum(weights, block * BLOCK);
            total += blocks[block];
        }
        return total;
    }

    /** The weights of a block, in eight sums that do not wait for each other. */
    private static double sum(float[] weights, int from) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        double s4 = 0;
        double s5 = 0;
        double s6 = 0;
        double s7 = 0;
        for (int i = from; i < from + BLOCK; i += 8) {
            s0 += weights[i];
            s1 += weights[i + 1];
            s2 += weights[i + 2];
            s3 += weights[i + 3];
            s4 += weights[i + 4];
            s5 += weights[i + 5];
            s6 += weights[i + 6];
            s7 += weights[i + 7];
        }
        return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
    }

    private int drawAny(double total, double uniform, int best) {
        double target = uniform * total;
        double sum = 0;
        for (int block = 0; block < blocks.length; block++) {
            if (sum + blocks[block] > target) {
                return drawWithin(block, target - sum, best);
            }
            sum += blocks[block];
        }
        return best;
    }

    /** One of a block's tokens, which has at least one of some weight. */
    private int drawWithin(int block, double target, int best) {
        double sum = 0;
        int last = best;
        for (int token = block * BLOCK; token < (block + 1) * BLOCK; token++) {
            sum += weights[token];
            if (sum > target) {
                return token;
            }
            last = weights[token] > 0 ? token : last;
        }
        // One by one they came to a last bit less than all together.
        return last;
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

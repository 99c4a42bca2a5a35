package tramontane.sampling;

import java.util.Arrays;
import tramontane.kernel.Kernels;

/**
 * Samples tokens: penalties, temperature, top-k, top-p (nucleus sampling, Holtzman et al. 2020),
 * and one random draw. It has scratch arrays, so it serves one thread at a time.
 *
 * <p>The weight of a token is exp((logit - max) / temperature), its probability without the common
 * factor. Weights are fp32 from the kernels' exponential. Sums are double and have a fixed order: a
 * block of tokens in eight partial sums, blocks in ascending order, ranked tokens by rank. A
 * vocabulary has about a hundred thousand tokens, and each draw computes the weights of all.
 */
public final class Sampler {
    /** Tokens of a block. Sums of blocks are kept, so a draw searches blocks before tokens. */
    private static final int BLOCK = 256;

    private final int vocabulary;
    private final Kernels kernels;

    /** By token; padded with 0 to whole blocks. */
    private final float[] weights;

    /** The sum of each block's weights. */
    private final double[] blocks;

    /** The best tokens in order of rank; see {@link #rank}. */
    private final long[] ranked;

    public Sampler(int vocabulary, Kernels kernels) {
        this.vocabulary = vocabulary;
        this.kernels = kernels;
        this.blocks = new double[Math.ceilDiv(vocabulary, BLOCK)];
        this.weights = new float[blocks.length * BLOCK];
        this.ranked = new long[vocabulary];
    }

    /**
     * Applies the penalties to the logits in place.
     *
     * @param counts tokens of the answer, and of the prompt if the penalties read it
     */
    public void penalize(float[] logits, SamplingParams params, TokenCounts counts) {
        counts.penalize(logits, params.penalties());
    }

    /**
     * Returns the next token.
     *
     * @param logits by token, with penalties applied; minus infinity for tokens that are masked
     * @param position of the new token in its sequence
     */
    public int draw(float[] logits, SamplingParams params, int choice, int position) {
        int best = argmax(logits);
        if (params.temperature() == 0) {
            return best;
        }
        double total = weigh(logits, logits[best], params.temperature());
        double uniform = CounterRandom.uniform(params.seed(), choice, position);
        if (params.topK() > 0 && params.topK() < vocabulary) {
            int kept = rankBest(logits, params.topK());
            return drawRanked(nucleus(kept, params.topP() * mass(kept)), uniform, best);
        }
        if (params.topP() < 1) {
            // Lighter tokens cannot be in the nucleus: even all of them together have no more mass
            // than lies outside of it.
            int kept = rankAbove(logits, (1 - params.topP()) * total / vocabulary);
            return drawRanked(nucleus(kept, params.topP() * total), uniform, best);
        }
        return drawAny(total, uniform, best);
    }

    /** The probability of a token at temperature 1; NaN if the logits are not numbers. */
    public double probability(float[] logits, int token) {
        double total = weigh(logits, logits[argmax(logits)], 1);
        return weights[token] / total;
    }

    /** The token with the highest logit; of equal ones, the lowest token. */
    private int argmax(float[] logits) {
        // Two passes: the compiler vectorizes the first, and the second ends early.
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

    /** Adds the weights of a block in eight independent sums, which run in parallel. */
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

    /** Draws a token of a block that has at least one token with a weight. */
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
        // Rounding: added one by one, the weights can be less than the sum of the block.
        return last;
    }

    /** Ranks the tokens of at least this weight, and returns their number. */
    private int rankAbove(float[] logits, double minWeight) {
        int count = 0;
        for (int token = 0; token < vocabulary; token++) {
            if (weights[token] >= minWeight && weights[token] > 0) {
                ranked[count++] = rank(logits[token], token);
            }
        }
        Arrays.sort(ranked, 0, count);
        return count;
    }

    /** Ranks the {@code max} most probable tokens, and returns their number. */
    private int rankBest(float[] logits, int max) {
        // Candidates are collected until there are twice as many as wanted, then sorted and cut.
        int capacity = Math.clamp(2L * max, Math.min(256, vocabulary), vocabulary);
        long worst = Long.MAX_VALUE;
        int count = 0;
        for (int token = 0; token < vocabulary; token++) {
            long rank = rank(logits[token], token);
            if (rank < worst && weights[token] > 0) {
                if (count == capacity) {
                    Arrays.sort(ranked, 0, count);
                    count = max;
                    worst = ranked[max - 1];
                }
                ranked[count++] = rank;
            }
        }
        Arrays.sort(ranked, 0, count);
        return Math.min(count, max);
    }

    /** A key whose ascending order is the highest logit first, then the lowest token. */
    private static long rank(float logit, int token) {
        // The bits of positive floats are ordered like integers, those of negative floats in
        // reverse. Adding 0 turns negative zero into positive zero.
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

    /** The number of ranked tokens whose mass reaches the wanted one. */
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

package tramontane.sampling;

/**
 * The log probability of a token and of the most probable tokens at its position: natural
 * logarithms of the softmax of the unmodified logits, before masks, penalties and temperature.
 *
 * @param topTokens the most probable tokens in descending order; of equal ones, the lowest first
 * @param topLogprobs their log probabilities
 */
public record TokenLogprobs(int token, float logprob, int[] topTokens, float[] topLogprobs) {
    /** Replaces minus infinity, which JSON cannot express; vLLM uses the same value. */
    private static final float MIN_LOGPROB = -9999;

    /**
     * Tokens this many nats below the maximum are left out of the sum. All of them together change
     * it by much less than the last bit of a float.
     */
    private static final double NEGLIGIBLE_NATS = 40;

    /** The log probabilities of {@code token} and of the {@code top} most probable tokens. */
    public static TokenLogprobs of(float[] logits, int token, int top) {
        int[] best = best(logits, Math.clamp(top, 1, logits.length));
        float highest = logits[best[0]];
        double sum = 0;
        for (float logit : logits) {
            double nats = (double) logit - highest;
            if (nats > -NEGLIGIBLE_NATS) {
                sum += Exponential.exp(nats);
            }
        }
        // StrictMath computes the same bits on every machine.
        double total = highest + StrictMath.log(sum);
        int[] topTokens = top == 0 ? new int[0] : best;
        float[] topLogprobs = new float[topTokens.length];
        for (int i = 0; i < topTokens.length; i++) {
            topLogprobs[i] = logprob(logits[topTokens[i]], total);
        }
        return new TokenLogprobs(token, logprob(logits[token], total), topTokens, topLogprobs);
    }

    private static float logprob(float logit, double total) {
        return (float) Math.max(MIN_LOGPROB, Math.min(0, logit - total));
    }

    /** The tokens with the highest logits, by insertion sort, because few are wanted. */
    private static int[] best(float[] logits, int count) {
        int[] best = new int[count];
        int held = 0;
        for (int token = 0; token < logits.length; token++) {
            if (held == count && !(logits[token] > logits[best[count - 1]])) {
                continue;
            }
            int at = held < count ? held++ : count - 1;
            while (at > 0 && logits[token] > logits[best[at - 1]]) {
                best[at] = best[at - 1];
                at--;
            }
            best[at] = token;
        }
        return best;
    }
}

package tramontane.sampling;

/**
 * How likely the model held one token to be, and which it held likeliest there: natural logarithms
 * of probabilities, taken from the logits as the model gave them, before masks, penalties and
 * temperature.
 *
 * @param topTokens the likeliest tokens, best first, lowest token first among equals
 * @param topLogprobs one for each of these
 */
public record TokenLogprobs(int token, float logprob, int[] topTokens, float[] topLogprobs) {
    /** Stands for minus infinity, which JSON cannot spell; vLLM writes the same. */
    private static final float LEAST = -9999;

    /**
     * Tokens this many nats below the best are left out of the sum: all of them together are far
     * below the last bit of a float.
     */
    private static final double NEGLIGIBLE_NATS = 40;

    /** Of {@code token} and the {@code top} likeliest tokens under these logits. */
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
        // StrictMath gives the same bits everywhere.
        double total = highest + StrictMath.log(sum);
        int[] topTokens = top == 0 ? new int[0] : best;
        float[] topLogprobs = new float[topTokens.length];
        for (int i = 0; i < topTokens.length; i++) {
            topLogprobs[i] = logprob(logits[topTokens[i]], total);
        }
        return new TokenLogprobs(token, logprob(logits[token], total), topTokens, topLogprobs);
    }

    private static float logprob(float logit, double total) {
        return (float) Math.max(LEAST, Math.min(0, logit - total));
    }

    /** The tokens with the highest logits, by insertion: only few are ever wanted. */
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

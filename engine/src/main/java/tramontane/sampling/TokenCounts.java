package tramontane.sampling;

import java.util.Arrays;

/**
 * How often an answer holds each token, and which tokens its prompt holds besides: an
 * open-addressing table from token to count, 0 for a token of the prompt only.
 */
public final class TokenCounts {
    private static final int EMPTY = -1;

    private int[] tokens = new int[64];
    private int[] counts = new int[64];
    private int size;

    public TokenCounts() {
        Arrays.fill(tokens, EMPTY);
    }

    public void add(int token) {
        // First the slot: entering may put another array in place.
        int slot = enter(token);
        counts[slot]++;
    }

    /** Enters a token of the prompt, which counts as seen, but not as one of the answer. */
    public void addPrompt(int token) {
        enter(token);
    }

    private int enter(int token) {
        if (2 * (size + 1) > tokens.length) {
            grow();
        }
        int slot = slot(token);
        if (tokens[slot] == EMPTY) {
            tokens[slot] = token;
            size++;
        }
        return slot;
    }

    /** Lowers the logits of the tokens held. */
    void penalize(float[] logits, SamplingParams.Penalties penalties) {
        for (int slot = 0; slot < tokens.length; slot++) {
            int token = tokens[slot];
            if (token != EMPTY) {
                double factor = penalties.repetition();
                double logit = logits[token];
                logit = logit > 0 ? logit / factor : logit * factor;
                int count = counts[slot];
                double once = count > 0 ? penalties.presence() : 0;
                logits[token] = (float) (logit - once - penalties.frequency() * count);
            }
        }
    }

    private int slot(int token) {
        int mask = tokens.length - 1;
        int slot = token * 0x9E3779B1 >>> 8 & mask;
        while (tokens[slot] != EMPTY && tokens[slot] != token) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    private void grow() {
        int[] oldTokens = tokens;
        int[] oldCounts = counts;
        tokens = new int[2 * oldTokens.length];
        counts = new int[2 * oldTokens.length];
        Arrays.fill(tokens, EMPTY);
        for (int i = 0; i < oldTokens.length; i++) {
            if (oldTokens[i] != EMPTY) {
                int slot = slot(oldTokens[i]);
                tokens[slot] = oldTokens[i];
                counts[slot] = oldCounts[i];
            }
        }
    }
}

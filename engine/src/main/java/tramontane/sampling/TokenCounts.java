package tramontane.sampling;

import java.util.Arrays;

/**
 * Counts the occurrences of each token in an answer: an open-addressing hash table from token to
 * count. A token that occurs only in the prompt has the count 0.
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
        // The slot must be known first, because entering a token may replace the array.
        int slot = enter(token);
        counts[slot]++;
    }

    /** Adds a token of the prompt. Only the repetition penalty applies to it. */
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

    /**
     * Applies the penalties to the logits of all tokens in the table.
     *
     * @param logits by token, perhaps of the first tokens only
     */
    public void penalize(float[] logits, SamplingParams.Penalties penalties) {
        for (int slot = 0; penalties.any() && slot < tokens.length; slot++) {
            int token = tokens[slot];
            if (token != EMPTY && token < logits.length) {
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

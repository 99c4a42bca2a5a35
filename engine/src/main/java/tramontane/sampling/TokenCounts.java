package tramontane.sampling;

import java.util.Arrays;

/** How often an answer holds each token: an open-addressing table from token to count. */
public final class TokenCounts {
    private static final int EMPTY = -1;

    private int[] tokens = new int[64];
    private int[] counts = new int[64];
    private int size;

    public TokenCounts() {
        Arrays.fill(tokens, EMPTY);
    }

    public void add(int token) {
        if (2 * (size + 1) > tokens.length) {
            grow();
        }
        int slot = slot(token);
        if (tokens[slot] == EMPTY) {
            tokens[slot] = token;
            size++;
        }
        counts[slot]++;
    }

    /**
     * Lowers the logits of the tokens held, by the presence penalty and by the frequency penalty
     * times the count.
     */
    void penalize(float[] logits, double presence, double frequency) {
        for (int slot = 0; slot < tokens.length; slot++) {
            if (tokens[slot] != EMPTY) {
                logits[tokens[slot]] =
                        (float) (logits[tokens[slot]] - presence - frequency * counts[slot]);
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

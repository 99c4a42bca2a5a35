package tramontane.grammar;

import java.util.Arrays;

/** An immutable set of tokens: token t is bit t mod 64 of word t / 64. */
public final class TokenMask {
    private final long[] words;

    /** Wraps the array without copying it. */
    public TokenMask(long[] words) {
        this.words = words;
    }

    public boolean allows(int token) {
        int word = token >>> 6;
        return word < words.length && (words[word] >>> token & 1) != 0;
    }

    /** The number of allowed tokens. */
    public int count() {
        int count = 0;
        for (long word : words) {
            count += Long.bitCount(word);
        }
        return count;
    }

    /** Sets the logits of all tokens that are not allowed to negative infinity. */
    public void apply(float[] logits) {
        for (int base = 0; base < logits.length; base += 64) {
            long word = base >>> 6 < words.length ? words[base >>> 6] : 0;
            int end = Math.min(base + 64, logits.length);
            if (word == 0) {
                Arrays.fill(logits, base, end, Float.NEGATIVE_INFINITY);
            } else if (word != -1) {
                for (int token = base; token < end; token++) {
                    if ((word >>> token & 1) == 0) {
                        logits[token] = Float.NEGATIVE_INFINITY;
                    }
                }
            }
        }
    }
}

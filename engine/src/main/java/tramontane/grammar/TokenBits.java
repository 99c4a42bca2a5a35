package tramontane.grammar;

/** Sets of tokens while they are put together. */
final class TokenBits {
    private TokenBits() {}

    static long[] none(int vocabulary) {
        return new long[(vocabulary + 63) / 64];
    }

    static boolean has(long[] bits, int token) {
        return (bits[token >>> 6] >>> token & 1) != 0;
    }

    static void clear(long[] bits, int token) {
        bits[token >>> 6] &= ~(1L << token);
    }

    static void or(long[] bits, long[] others) {
        for (int i = 0; i < bits.length; i++) {
            bits[i] |= others[i];
        }
    }
}

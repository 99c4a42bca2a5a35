package tramontane.grammar;

/** Sets of tokens while they are put together. */
final class TokenBits {
    private TokenBits() {}

    static long[] none(int vocabulary) {
        return new long[(vocabulary + 63) / 64];
    }

    static void or(long[] bits, long[] others) {
        for (int i = 0; i < bits.length; i++) {
            bits[i] |= others[i];
        }
    }
}

package tramontane.grammar.lexer;

/** Bit sets of tokens: token t is bit t mod 64 of word t / 64. */
public final class TokenBits {
    private TokenBits() {}

    public static long[] none(int vocabulary) {
        return new long[(vocabulary + 63) / 64];
    }

    public static boolean has(long[] bits, int token) {
        return (bits[token >>> 6] >>> token & 1) != 0;
    }

    public static void clear(long[] bits, int token) {
        bits[token >>> 6] &= ~(1L << token);
    }

    public static void or(long[] bits, long[] others) {
        for (int i = 0; i < bits.length; i++) {
            bits[i] |= others[i];
        }
    }
}

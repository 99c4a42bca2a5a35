package tramontane.kernel.x86;

import tramontane.tensor.DType;

/**
 * How often {@code vpmaddubsw} can add to a sum of 16 bits. Its products are pairs of codes and
 * activations, which are 127 at most:
 *
 * <pre>
 * codes of 4 bits   8 * 2 *  15 * 127 = 30480
 * 5                 4 * 2 *  31 * 127 = 31496
 * 6                 2 * 2 *  63 * 127 = 32004
 * magnitudes of signed bytes  2 * 128 * 127 = 32512
 * </pre>
 */
final class WordSums {
    /** Enough for all products of a block of 32 columns. */
    static final int OF_BLOCK = 8;

    private WordSums() {}

    /** Products that a sum of a format holds. Formats of signed codes have 1. */
    static int of(DType dtype) {
        return switch (dtype) {
            case Q4_0, Q4_1, Q4_K, Q2_K, INT3_16 -> OF_BLOCK;
            case Q5_0, Q5_1, Q5_K, FP4_32 -> 4;
            case Q6_K, FP4_16 -> 2;
            case Q8_0, IQ4_NL, LUT4_32, LUT4_16 -> 1;
            case F16, BF16, F32, BF16_PAIRS ->
                    throw new IllegalArgumentException(dtype + " has no codes");
        };
    }
}

package tramontane.kernel;

import tramontane.tensor.DType;

/**
 * The values of formats whose codes of four bits are indices into a table. The table belongs to the
 * format, so it is not stored with the weights, as it is in the LUT4 formats.
 */
public final class CodeTable {
    /** Values of a table. */
    public static final int SIZE = 16;

    /** {@code kvalues_iq4nl} of llama.cpp. */
    private static final byte[] NON_LINEAR = {
        -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
    };

    /** Twice the values of FP4 (E2M1), which makes them integers. */
    private static final byte[] FP4_DOUBLED = {
        0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12
    };

    private CodeTable() {}

    /** Whether the codes of a format are indices into a table of the format. */
    public static boolean has(DType dtype) {
        return switch (dtype) {
            case IQ4_NL, FP4_32, FP4_16 -> true;
            case Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q4_K, Q5_K, Q6_K -> false;
            case LUT4_32, LUT4_16, INT3_16, F16, BF16, F32, BF16_PAIRS -> false;
        };
    }

    /** The values that the indices 0 to 15 stand for. */
    public static byte[] values(DType dtype) {
        return table(dtype).clone();
    }

    /** Writes the table, with {@code offset} added to each value, to the start of {@code to}. */
    public static void write(DType dtype, int offset, byte[] to) {
        byte[] table = table(dtype);
        for (int i = 0; i < SIZE; i++) {
            to[i] = (byte) (table[i] + offset);
        }
    }

    private static byte[] table(DType dtype) {
        if (!has(dtype)) {
            throw new IllegalArgumentException(dtype + " has no table of its own");
        }
        return dtype == DType.IQ4_NL ? NON_LINEAR : FP4_DOUBLED;
    }
}

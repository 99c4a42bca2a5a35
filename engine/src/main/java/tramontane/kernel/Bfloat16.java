package tramontane.kernel;

/**
 * The numbers of products of bf16: fp32 with 7 bits of mantissa instead of 23.
 *
 * <p>Values below {@link #MIN} in magnitude count as zero. So the last bit of a product is at least
 * 2^-94, and no sum of products is subnormal: the matrix instructions of AMX take subnormal numbers
 * for zero, other instructions do not.
 */
public final class Bfloat16 {
    /** Columns of a block: the products of a block are summed before they are added to a sum. */
    public static final int BLOCK = 32;

    /** The smallest magnitude other than 0. */
    public static final float MIN = 0x1p-40f;

    private Bfloat16() {}

    /**
     * Rounds to the nearest bf16 number, halves to even. Magnitudes below {@link #MIN} and NaN
     * become 0.
     */
    public static float round(float x) {
        if (!(Math.abs(x) >= MIN)) {
            return 0f;
        }
        int bits = Float.floatToRawIntBits(x);
        return Float.intBitsToFloat(bits + 0x7FFF + (bits >>> 16 & 1) & 0xFFFF_0000);
    }

    /** The number whose upper 16 bits are given. */
    public static float of(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** Columns with the zeros that fill the last block. */
    public static int padded(int columns) {
        return Math.ceilDiv(columns, BLOCK) * BLOCK;
    }
}

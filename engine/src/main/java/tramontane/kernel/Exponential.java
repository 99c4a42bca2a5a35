package tramontane.kernel;

/**
 * The engine's own exponential. Scalar, Vector API and emitted code run this sequence of
 * operations, so the bits agree on every machine; a platform's {@code exp} would not.
 *
 * <p>{@code exp(x) = 2^n * exp(r)} with {@code n = round(x / ln 2)} and {@code r = x - n ln 2}, |r|
 * <= 0.347. Adding 1.5 * 2^23 leaves n, rounded to nearest even, in the low bits of a float. ln 2
 * is split in two (Cody and Waite): the upper part has 15 bits, so {@code n * LN2_HIGH} is exact
 * and nothing cancels. exp(r) is a polynomial of degree 6 whose first two coefficients are 1, so
 * exp(0) is exactly 1; the others come from a Remez fit of the relative error on |r| <= ln(2) / 2,
 * which is below 3.1e-9. 2^n is multiplied in two halves, so that results below 2^-126 are rounded
 * once and those above the largest float become infinity.
 *
 * <p>Error at most 1 ulp over [-104, 88] (tested against StrictMath). Arguments below -105 give 0,
 * above 89 infinity.
 */
final class Exponential {
    static final float MIN = -105f;
    static final float MAX = 89f;
    static final float LOG2_E = 0x1.715476p0f;
    static final float LN2_HIGH = 0x1.62e4p-1f;
    static final float LN2_LOW = 0x1.7f7d1cp-20f;
    static final float ROUND = 0x1.8p23f;
    static final int ROUND_BITS = 0x4b400000;
    static final float C2 = 0x1.fffffcp-2f;
    static final float C3 = 0x1.555492p-3f;
    static final float C4 = 0x1.5558f2p-5f;
    static final float C5 = 0x1.123a2p-7f;
    static final float C6 = 0x1.6a23dp-10f;

    /** gelu(v) = v / (1 + exp(v * (GELU_LINEAR + GELU_CUBIC * v^2))), both factors negative. */
    static final float GELU_LINEAR = (float) (-2 * Math.sqrt(2 / Math.PI));

    static final float GELU_CUBIC = (float) (-2 * Math.sqrt(2 / Math.PI) * 0.044715);

    private Exponential() {}

    static float exp(float argument) {
        float low = argument < MIN ? MIN : argument;
        float x = low > MAX ? MAX : low;
        float rounded = Math.fma(x, LOG2_E, ROUND);
        float n = rounded - ROUND;
        float r = Math.fma(-n, LN2_LOW, Math.fma(-n, LN2_HIGH, x));
        float p = Math.fma(C6, r, C5);
        p = Math.fma(p, r, C4);
        p = Math.fma(p, r, C3);
        p = Math.fma(p, r, C2);
        p = Math.fma(p, r, 1f);
        p = Math.fma(p, r, 1f);
        int exponent = Float.floatToRawIntBits(rounded) - ROUND_BITS;
        int half = exponent >> 1;
        return p * powerOfTwo(half) * powerOfTwo(exponent - half);
    }

    /** v / (1 + exp(-v)). */
    static float silu(float v) {
        return v / (1f + exp(-v));
    }

    /**
     * 0.5 v (1 + tanh(u)) with u = sqrt(2 / pi) (v + 0.044715 v^3). Since 0.5 (1 + tanh(u)) = 1 /
     * (1 + exp(-2 u)), one exponential does it and small results keep their digits.
     */
    static float gelu(float v) {
        return v / (1f + exp(v * Math.fma(GELU_CUBIC, v * v, GELU_LINEAR)));
    }

    private static float powerOfTwo(int exponent) {
        return Float.intBitsToFloat((exponent + 127) << 23);
    }
}

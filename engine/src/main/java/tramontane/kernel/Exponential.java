package tramontane.kernel;

/**
 * The engine's own exponential function. Scalar, vector and emitted code run the same sequence of
 * operations, so the bits agree on every machine. The {@code exp} of a platform does not guarantee
 * that.
 *
 * <p>{@code exp(x) = 2^n * exp(r)} with {@code n = round(x / ln 2)} and {@code r = x - n ln 2}, |r|
 * <= 0.347. Adding 1.5 * 2^23 leaves n, rounded to nearest even, in the low bits of a float. ln 2
 * is split in two (Cody and Waite 1980): the upper part has 15 bits, so {@code n * LN2_HIGH} is
 * exact and nothing cancels. exp(r) is a polynomial of degree 6. Its first two coefficients are 1,
 * so that exp(0) is exactly 1; the others come from a Remez fit of the relative error on |r| <=
 * ln(2) / 2, which is below 3.1e-9. The factor 2^n is applied as two factors, so that results below
 * 2^-126 are rounded once and results above the maximum float become infinity.
 *
 * <p>The error is at most 1 ulp over [-104, 88]; a test compares with StrictMath. Arguments below
 * -105 give 0, arguments above 89 give infinity.
 */
public final class Exponential {
    public static final float MIN = -105f;
    public static final float MAX = 89f;
    public static final float LOG2_E = 0x1.715476p0f;
    public static final float LN2_HIGH = 0x1.62e4p-1f;
    public static final float LN2_LOW = 0x1.7f7d1cp-20f;
    public static final float ROUND = 0x1.8p23f;
    public static final int ROUND_BITS = 0x4b400000;
    public static final float C2 = 0x1.fffffcp-2f;
    public static final float C3 = 0x1.555492p-3f;
    public static final float C4 = 0x1.5558f2p-5f;
    public static final float C5 = 0x1.123a2p-7f;
    public static final float C6 = 0x1.6a23dp-10f;

    /** gelu(v) = v / (1 + exp(v * (GELU_LINEAR + GELU_CUBIC * v^2))), both factors negative. */
    public static final float GELU_LINEAR = (float) (-2 * Math.sqrt(2 / Math.PI));

    public static final float GELU_CUBIC = (float) (-2 * Math.sqrt(2 / Math.PI) * 0.044715);

    /**
     * Half of the coefficients of Abramowitz and Stegun 1964, 7.1.26: {@code 1 - erf(z) = P(t)
     * exp(-z^2)} for z >= 0 with t = 1 / (1 + p z). ERF_P is p / sqrt(2), as z is |v| / sqrt(2).
     */
    public static final float ERF_P = (float) (0.3275911 / Math.sqrt(2));

    public static final float ERF_1 = (float) (0.254829592 / 2);
    public static final float ERF_2 = (float) (-0.284496736 / 2);
    public static final float ERF_3 = (float) (1.421413741 / 2);
    public static final float ERF_4 = (float) (-1.453152027 / 2);
    public static final float ERF_5 = (float) (1.061405429 / 2);

    private Exponential() {}

    public static float exp(float argument) {
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
    public static float silu(float v) {
        return v / (1f + exp(-v));
    }

    /**
     * 0.5 v (1 + tanh(u)) with u = sqrt(2 / pi) (v + 0.044715 v^3). Since 0.5 (1 + tanh(u)) = 1 /
     * (1 + exp(-2 u)), this needs one exponential, and small results keep their precision.
     */
    public static float gelu(float v) {
        return v / (1f + exp(v * Math.fma(GELU_CUBIC, v * v, GELU_LINEAR)));
    }

    /**
     * The exact form of gelu: v Phi(v), with the distribution function Phi of the normal
     * distribution. It is computed as max(v, 0) - |v| Phi(-|v|), in which nothing cancels.
     */
    public static float exactGelu(float v) {
        float magnitude = Math.abs(v);
        float t = 1f / Math.fma(ERF_P, magnitude, 1f);
        float p = Math.fma(ERF_5, t, ERF_4);
        p = Math.fma(p, t, ERF_3);
        p = Math.fma(p, t, ERF_2);
        p = Math.fma(p, t, ERF_1);
        float tail = p * t * exp(v * v * -0.5f);
        return Math.fma(-magnitude, tail, Math.max(v, 0f));
    }

    private static float powerOfTwo(int exponent) {
        return Float.intBitsToFloat((exponent + 127) << 23);
    }
}

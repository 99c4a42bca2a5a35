package tramontane.sampling;

/**
 * exp in double precision with a fixed sequence of operations. The platform's exp may differ
 * between machines in the last bit.
 */
final class Exponential {
    private static final double LOG2_E = 1.4426950408889634;
    // ln 2 in two parts (Cody and Waite). The first has trailing zeros, so n * LN2_HIGH is exact.
    private static final double LN2_HIGH = 0x1.62e42fee00000p-1;
    private static final double LN2_LOW = 0x1.a39ef35793c76p-33;

    /** 1/n! for n from 13 down to 2. For |r| <= ln(2)/2 the Taylor remainder is below 1e-17. */
    private static final double[] COEFFICIENTS = {
        1.0 / 6227020800.0,
        1.0 / 479001600.0,
        1.0 / 39916800.0,
        1.0 / 3628800.0,
        1.0 / 362880.0,
        1.0 / 40320.0,
        1.0 / 5040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5
    };

    private Exponential() {}

    /** exp(x) for -700 &lt; x &lt;= 0. */
    static double exp(double x) {
        double n = Math.rint(x * LOG2_E);
        double r = Math.fma(-n, LN2_LOW, Math.fma(-n, LN2_HIGH, x));
        double p = COEFFICIENTS[0];
        for (int i = 1; i < COEFFICIENTS.length; i++) {
            p = Math.fma(p, r, COEFFICIENTS[i]);
        }
        p = Math.fma(p * r, r, r) + 1;
        return p * Double.longBitsToDouble((long) (n + 1023) << 52);
    }
}

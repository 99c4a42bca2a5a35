package tramontane.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExponentialTest {
    @Test
    void staysWithinOneUlpOfTheExactValueOverTheWholeRange() {
        double worst = 0;
        for (float x = -104f; x <= 88f; x += 0.00037f) {
            worst = Math.max(worst, ulps(Exponential.exp(x), StrictMath.exp(x)));
        }
        for (float x = 1e-30f; x < 1f; x *= 1.001f) {
            worst = Math.max(worst, ulps(Exponential.exp(x), StrictMath.exp(x)));
            worst = Math.max(worst, ulps(Exponential.exp(-x), StrictMath.exp(-x)));
        }
        assertThat(worst).isLessThan(1.0);
    }

    @Test
    void isExactAtTheSpecialPoints() {
        check(0f, 1f);
        check(-0f, 1f);
        check(Float.MIN_VALUE, 1f);
        check(Float.NEGATIVE_INFINITY, 0f);
        check(-Float.MAX_VALUE, 0f);
        check(-105f, 0f);
        check(-103.9f, Float.MIN_VALUE);
        check(89f, Float.POSITIVE_INFINITY);
        check(Float.MAX_VALUE, Float.POSITIVE_INFINITY);
        check(Float.POSITIVE_INFINITY, Float.POSITIVE_INFINITY);
        assertThat(Exponential.exp(Float.NaN)).isNaN();
    }

    @Test
    void neverTurnsAFiniteNumberIntoNaN() {
        for (long bits = Integer.MIN_VALUE; bits <= Integer.MAX_VALUE; bits += 997) {
            float x = Float.intBitsToFloat((int) bits);
            if (Float.isFinite(x)) {
                assertThat(Float.isNaN(Exponential.exp(x))).isFalse();
                assertThat(Float.isNaN(Exponential.silu(x))).isFalse();
                assertThat(Float.isNaN(Exponential.gelu(x))).isFalse();
            }
        }
    }

    @Test
    void siluAndGeluFollowTheirFormulas() {
        for (double v = -30; v < 30; v += 0.0137) {
            float x = (float) v;
            double silu = x / (1 + StrictMath.exp(-(double) x));
            double inner = StrictMath.sqrt(2 / StrictMath.PI) * (x + 0.044715 * (double) x * x * x);
            double gelu = x / (1 + StrictMath.exp(-2 * inner));
            assertThat((double) Exponential.silu(x)).isCloseTo(silu, within(silu, 4e-7));
            // The argument of the exponential is in the hundreds, so its rounding error is as many
            // times larger.
            assertThat((double) Exponential.gelu(x)).isCloseTo(gelu, within(gelu, 3e-5));
            assertThat(gelu).isCloseTo(0.5 * x * (1 + StrictMath.tanh(inner)), within(1, 1e-13));
        }
    }

    private static org.assertj.core.data.Offset<Double> within(double value, double relative) {
        return org.assertj.core.data.Offset.offset(Math.abs(value) * relative + 1e-37);
    }

    private static void check(float x, float expected) {
        assertThat(Exponential.exp(x)).as("exp(%s)", x).isEqualTo(expected);
    }

    private static double ulps(float value, double exact) {
        return Math.abs(value - exact) / Math.ulp((float) exact);
    }
}

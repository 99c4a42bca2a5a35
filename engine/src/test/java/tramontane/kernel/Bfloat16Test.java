package tramontane.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class Bfloat16Test {
    /** The nearer of the two neighbours with 16 bits, in exact arithmetic. */
    @Test
    void roundingGoesToTheNearestNumberAndHalvesToEven() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 200_000; i++) {
            int low = random.nextInt(4) == 0 ? 0x8000 : random.nextInt(1 << 16);
            int exponent = random.nextInt(127 - 40, 127 + 100);
            int bits = random.nextInt(2) << 31 | exponent << 23 | random.nextInt(128) << 16 | low;
            int below = bits & 0xFFFF0000;
            int above = below + 0x10000;
            BigDecimal x = exact(bits);
            int nearer = x.subtract(exact(below)).abs().compareTo(exact(above).subtract(x).abs());
            boolean isAbove = nearer > 0 || nearer == 0 && (below >>> 16 & 1) == 1;
            assertThat(Float.floatToRawIntBits(Bfloat16.round(Float.intBitsToFloat(bits))))
                    .isEqualTo(isAbove ? above : below);
        }
    }

    private static BigDecimal exact(int bits) {
        return new BigDecimal(Float.intBitsToFloat(bits));
    }

    @Test
    void smallMagnitudesAndNotANumberBecomeZero() {
        float[] zeros = {
            0f, -0f, Float.MIN_VALUE, -0x1.fffffep-41f, 0x1.fffffep-41f, Float.NaN, -0x1p-100f
        };
        for (float x : zeros) {
            assertThat(Float.floatToRawIntBits(Bfloat16.round(x))).isZero();
        }
        assertThat(Bfloat16.round(0x1p-40f)).isEqualTo(0x1p-40f);
        assertThat(Bfloat16.round(-0x1p-40f)).isEqualTo(-0x1p-40f);
        assertThat(Bfloat16.round(Float.MAX_VALUE)).isEqualTo(Float.POSITIVE_INFINITY);
    }
}

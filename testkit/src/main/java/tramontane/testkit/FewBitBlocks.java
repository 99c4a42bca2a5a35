package tramontane.testkit;

import java.nio.ByteBuffer;

/**
 * Formats of one to four bits with scales for 16 to 128 values.
 *
 * <pre>
 * IQ4_NL: d fp16 | 16 bytes of nibbles                              x = d * table[q], another table
 * MXFP4: exponent e | 16 bytes of nibbles                            x = 2^(e - 128) * table[q]
 * NVFP4: four scales E4M3 | 32 bytes of nibbles, 8 for each scale    x = scale / 2 * table[q]
 * Q1_0:  d fp16 | 128 bits                                           x = d or -d
 * Q2_0:  d fp16 | 64 times two bits                                  x = d (q - 1)
 * </pre>
 */
final class FewBitBlocks {
    private static final int PART = 16;
    private static final int MAX_E4M3 = 0x7E;

    /** Twice the values of an FP4 number. */
    private static final int[] DOUBLED = {0, 1, 2, 3, 4, 6, 8, 12};

    /** The values of IQ4_NL's codes. */
    private static final int[] NON_LINEAR = {
        -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
    };

    /** The largest value of a block: scale 448, code 6. */
    static final float MAX_NVFP4 = 448 * 6;

    private FewBitBlocks() {}

    /** The low nibbles of 32 codes are the first 16. */
    static void nonLinear(float[] x, int at, ByteBuffer out) {
        float d = SmallBlocks.putHalf(out, SmallBlocks.largest(x, at, 32) / 113);
        for (int i = 0; i < 16; i++) {
            out.put((byte) (nearest(x[at + i], d) | nearest(x[at + 16 + i], d) << 4));
        }
    }

    private static int nearest(float x, float d) {
        int nearest = 0;
        for (int code = 1; code < NON_LINEAR.length; code++) {
            float old = Math.abs(x - d * NON_LINEAR[nearest]);
            nearest = Math.abs(x - d * NON_LINEAR[code]) < old ? code : nearest;
        }
        return nearest;
    }

    static void mxfp4(float[] x, int at, ByteBuffer out) {
        float largest = SmallBlocks.largest(x, at, 32);
        int exponent = largest == 0 ? 0 : Math.getExponent(largest / 12) + 1;
        out.put((byte) (exponent + 128));
        for (int i = 0; i < 16; i++) {
            float scale = Math.scalb(1f, exponent);
            out.put((byte) (code(x[at + i], scale) | code(x[at + 16 + i], scale) << 4));
        }
    }

    static void nvfp4(float[] x, int at, ByteBuffer out) {
        int[] scales = new int[4];
        for (int part = 0; part < scales.length; part++) {
            scales[part] = nearestScale(SmallBlocks.largest(x, at + part * PART, PART) / 6);
            out.put((byte) scales[part]);
        }
        for (int part = 0; part < scales.length; part++) {
            for (int i = 0; i < PART / 2; i++) {
                int low = at + part * PART + i;
                float scale = e4m3(scales[part]) / 2;
                out.put((byte) (code(x[low], scale) | code(x[low + PART / 2], scale) << 4));
            }
        }
    }

    private static int code(float x, float scale) {
        int nearest = 0;
        for (int i = 1; i < DOUBLED.length; i++) {
            float old = Math.abs(Math.abs(x) - scale * DOUBLED[nearest]);
            nearest = Math.abs(Math.abs(x) - scale * DOUBLED[i]) < old ? i : nearest;
        }
        return x < 0 ? nearest | 8 : nearest;
    }

    private static int nearestScale(float value) {
        int nearest = 0;
        for (int code = 1; code <= MAX_E4M3; code++) {
            float old = Math.abs(value - e4m3(nearest));
            nearest = Math.abs(value - e4m3(code)) < old ? code : nearest;
        }
        return nearest;
    }

    private static float e4m3(int code) {
        int exponent = code >> 3;
        float mantissa = (code & 7) / 8f;
        return exponent == 0 ? Math.scalb(mantissa, -6) : Math.scalb(1 + mantissa, exponent - 7);
    }

    static void signs(float[] x, int at, ByteBuffer out) {
        float sum = 0;
        for (int i = 0; i < 128; i++) {
            sum += Math.abs(x[at + i]);
        }
        SmallBlocks.putHalf(out, sum / 128);
        for (int i = 0; i < 128; i += 8) {
            int bits = 0;
            for (int k = 0; k < 8; k++) {
                bits |= x[at + i + k] > 0 ? 1 << k : 0;
            }
            out.put((byte) bits);
        }
    }

    static void twoBits(float[] x, int at, ByteBuffer out) {
        float d = SmallBlocks.putHalf(out, SmallBlocks.largest(x, at, 64) / 1.5f);
        for (int i = 0; i < 64; i += 4) {
            int bits = 0;
            for (int k = 0; k < 4; k++) {
                int level = d == 0 ? 0 : Math.clamp(Math.round(x[at + i + k] / d), -1, 2);
                bits |= level + 1 << 2 * k;
            }
            out.put((byte) bits);
        }
    }
}

package tramontane.testkit;

import java.nio.ByteBuffer;

/**
 * The formats in blocks of 256.
 *
 * <pre>
 * Q2_K: 16 bytes of scales s (low half) and m | 64 bytes of pairs | d fp16 | dmin fp16              x = d s q - dmin m
 * Q4_K: d fp16 | dmin fp16 | 12 bytes of scales | 128 bytes of nibbles                     x = d s q - dmin m
 * Q5_K: d fp16 | dmin fp16 | 12 bytes of scales | 32 bytes of fifth bits | 128 of nibbles  x = d s q - dmin m
 * Q6_K: 128 bytes of low nibbles | 64 of high pairs | 16 int8 scales | d fp16              x = d s (q - 32)
 *
 * scales of Q4_K and Q5_K, 6 bits each, j = 0 to 3:
 *   byte j      s[j] low 6 bits,   s[j + 4] bits 4, 5 on top
 *   byte j + 4  m[j] low 6 bits,   m[j + 4] bits 4, 5 on top
 *   byte j + 8  s[j + 4] low nibble, m[j + 4] high nibble
 * nibble byte 32 c + i: element 64 c + i low, 64 c + 32 + i high; fifth bit of element 32 b + i: bit b of byte i
 * Q2_K, pair byte 32 h + i: elements 128 h + i, + 32, + 64, + 96 from the lowest pair up; a scale for each 16
 * Q6_K, per half of 128: low nibble byte 64 h + i: element i low, 64 + i high (i below 64);
 *   pair byte 32 h + i: elements i, 32 + i, 64 + i, 96 + i from the lowest pair up
 * </pre>
 */
final class SuperBlocks {
    private static final int SIZE = 256;

    private SuperBlocks() {}

    static void shifted(float[] x, int at, int bits, ByteBuffer out) {
        int top = (1 << bits) - 1;
        float[] scales = new float[8];
        float[] minima = new float[8];
        for (int b = 0; b < 8; b++) {
            // The format subtracts a minimum that cannot be negative, so a block of positive values
            // keeps 0.
            float min = 0;
            float max = x[at + 32 * b];
            for (int i = 0; i < 32; i++) {
                min = Math.min(min, x[at + 32 * b + i]);
                max = Math.max(max, x[at + 32 * b + i]);
            }
            scales[b] = Math.max(0, max - min) / top;
            minima[b] = -min;
        }
        float d = SmallBlocks.putHalf(out, largest(scales) / 63);
        float dmin = SmallBlocks.putHalf(out, largest(minima) / 63);
        int[] s = levels(scales, d, 63);
        int[] m = levels(minima, dmin, 63);
        putScales(s, m, out);
        int[] q = new int[SIZE];
        for (int i = 0; i < SIZE; i++) {
            q[i] = SmallBlocks.level(x[at + i] + dmin * m[i / 32], d * s[i / 32], 0, top);
        }
        if (bits == 5) {
            putFifthBits(q, out);
        }
        for (int c = 0; c < 4; c++) {
            for (int i = 0; i < 32; i++) {
                out.put((byte) (q[64 * c + i] & 15 | (q[64 * c + 32 + i] & 15) << 4));
            }
        }
    }

    static void twoBits(float[] x, int at, ByteBuffer out) {
        float[] scales = new float[16];
        float[] minima = new float[16];
        for (int b = 0; b < 16; b++) {
            float min = 0;
            float max = x[at + 16 * b];
            for (int i = 0; i < 16; i++) {
                min = Math.min(min, x[at + 16 * b + i]);
                max = Math.max(max, x[at + 16 * b + i]);
            }
            scales[b] = Math.max(0, max - min) / 3;
            minima[b] = -min;
        }
        short half = Float.floatToFloat16(largest(scales) / 15);
        short minHalf = Float.floatToFloat16(largest(minima) / 15);
        float d = Float.float16ToFloat(half);
        float dmin = Float.float16ToFloat(minHalf);
        int[] s = levels(scales, d, 15);
        int[] m = levels(minima, dmin, 15);
        for (int b = 0; b < 16; b++) {
            out.put((byte) (s[b] | m[b] << 4));
        }
        int[] q = new int[SIZE];
        for (int i = 0; i < SIZE; i++) {
            q[i] = SmallBlocks.level(x[at + i] + dmin * m[i / 16], d * s[i / 16], 0, 3);
        }
        for (int h = 0; h < SIZE; h += 128) {
            for (int i = 0; i < 32; i++) {
                out.put(
                        (byte)
                                (q[h + i]
                                        | q[h + 32 + i] << 2
                                        | q[h + 64 + i] << 4
                                        | q[h + 96 + i] << 6));
            }
        }
        out.putShort(half).putShort(minHalf);
    }

    static void centred(float[] x, int at, ByteBuffer out) {
        float[] scales = new float[16];
        for (int b = 0; b < 16; b++) {
            for (int i = 0; i < 16; i++) {
                scales[b] = Math.max(scales[b], Math.abs(x[at + 16 * b + i]) / 31);
            }
        }
        short half = Float.floatToFloat16(largest(scales) / 127);
        float d = Float.float16ToFloat(half);
        int[] s = levels(scales, d, 127);
        // Every second scale is stored negative: the format allows it, and a reader has to cope.
        for (int b = 1; b < 16; b += 2) {
            s[b] = -s[b];
        }
        int[] q = new int[SIZE];
        for (int i = 0; i < SIZE; i++) {
            q[i] = SmallBlocks.level(x[at + i], d * s[i / 16], 32, 63);
        }
        for (int h = 0; h < SIZE; h += 128) {
            for (int i = 0; i < 64; i++) {
                out.put((byte) (q[h + i] & 15 | (q[h + 64 + i] & 15) << 4));
            }
        }
        for (int h = 0; h < SIZE; h += 128) {
            for (int i = 0; i < 32; i++) {
                out.put(
                        (byte)
                                (q[h + i] >> 4
                                        | q[h + 32 + i] >> 4 << 2
                                        | q[h + 64 + i] >> 4 << 4
                                        | q[h + 96 + i] >> 4 << 6));
            }
        }
        for (int scale : s) {
            out.put((byte) scale);
        }
        out.putShort(half);
    }

    private static float largest(float[] values) {
        float largest = 0;
        for (float value : values) {
            largest = Math.max(largest, value);
        }
        return largest;
    }

    private static int[] levels(float[] values, float d, int top) {
        int[] levels = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            levels[i] = SmallBlocks.level(values[i], d, 0, top);
        }
        return levels;
    }

    private static void putScales(int[] s, int[] m, ByteBuffer out) {
        for (int j = 0; j < 4; j++) {
            out.put((byte) (s[j] | s[j + 4] >> 4 << 6));
        }
        for (int j = 0; j < 4; j++) {
            out.put((byte) (m[j] | m[j + 4] >> 4 << 6));
        }
        for (int j = 0; j < 4; j++) {
            out.put((byte) (s[j + 4] & 15 | (m[j + 4] & 15) << 4));
        }
    }

    private static void putFifthBits(int[] q, ByteBuffer out) {
        for (int i = 0; i < 32; i++) {
            int bits = 0;
            for (int b = 0; b < 8; b++) {
                bits |= (q[32 * b + i] >> 4) << b;
            }
            out.put((byte) bits);
        }
    }
}

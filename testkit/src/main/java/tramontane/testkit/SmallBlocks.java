package tramontane.testkit;

import java.nio.ByteBuffer;

/**
 * The formats in blocks of 32.
 *
 * <pre>
 * Q4_0: d fp16 | 16 bytes of nibbles              x = d (q - 8)
 * Q4_1: d fp16 | m fp16 | nibbles                 x = d q + m
 * Q5_0: d fp16 | fifth bits u32 | nibbles         x = d (q - 16)
 * Q5_1: d fp16 | m fp16 | fifth bits | nibbles    x = d q + m
 * Q8_0: d fp16 | 32 int8                          x = d q
 * </pre>
 *
 * Nibble byte {@code i} holds element {@code i} in its low half and element {@code i + 16} in its
 * high half.
 */
final class SmallBlocks {
    private static final int SIZE = 32;

    private SmallBlocks() {}

    static void centred(float[] x, int at, int bits, ByteBuffer out) {
        int half = 1 << (bits - 1);
        float d = putHalf(out, largest(x, at, SIZE) / half);
        int[] q = new int[SIZE];
        for (int i = 0; i < SIZE; i++) {
            q[i] = level(x[at + i], d, half, 2 * half - 1);
        }
        putLevels(q, bits, out);
    }

    static void shifted(float[] x, int at, int bits, ByteBuffer out) {
        int top = (1 << bits) - 1;
        float min = x[at];
        float max = x[at];
        for (int i = 1; i < SIZE; i++) {
            min = Math.min(min, x[at + i]);
            max = Math.max(max, x[at + i]);
        }
        float d = putHalf(out, (max - min) / top);
        float m = putHalf(out, min);
        int[] q = new int[SIZE];
        for (int i = 0; i < SIZE; i++) {
            q[i] = level(x[at + i] - m, d, 0, top);
        }
        putLevels(q, bits, out);
    }

    static void bytes(float[] x, int at, ByteBuffer out) {
        float d = putHalf(out, largest(x, at, SIZE) / 127);
        for (int i = 0; i < SIZE; i++) {
            out.put((byte) (level(x[at + i], d, 127, 254) - 127));
        }
    }

    /** The largest magnitude. */
    static float largest(float[] x, int at, int count) {
        float largest = 0;
        for (int i = at; i < at + count; i++) {
            largest = Math.max(largest, Math.abs(x[i]));
        }
        return largest;
    }

    /** The level nearest to {@code x / d + offset} within 0 to {@code top}. */
    static int level(float x, float d, int offset, int top) {
        int q = d == 0 ? offset : (int) Math.rint(x / d) + offset;
        return Math.clamp(q, 0, top);
    }

    /** Writes a scale as fp16 and returns what a reader will see. */
    static float putHalf(ByteBuffer out, float value) {
        short half = Float.floatToFloat16(value);
        out.putShort(half);
        return Float.float16ToFloat(half);
    }

    private static void putLevels(int[] q, int bits, ByteBuffer out) {
        if (bits == 5) {
            int fifth = 0;
            for (int i = 0; i < SIZE; i++) {
                fifth |= (q[i] >> 4) << i;
            }
            out.putInt(fifth);
        }
        for (int i = 0; i < SIZE / 2; i++) {
            out.put((byte) (q[i] & 15 | (q[i + SIZE / 2] & 15) << 4));
        }
    }
}

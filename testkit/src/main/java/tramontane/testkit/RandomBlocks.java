package tramontane.testkit;

import java.nio.ByteBuffer;

/**
 * Blocks of the formats with grids, of IQ4_XS and of Q3_K. These have no quantiser here: for grids,
 * one would need them, and the reader must not share them. A block has random codes instead, drawn
 * from the values, and a scale that gives it about their size. Every bit pattern is a valid block.
 */
final class RandomBlocks {
    private static final int SIZE = 256;

    private RandomBlocks() {}

    /**
     * Writes a block whose fp16 scale comes first.
     *
     * @param spread the root mean square of the values of a block with scale 1, about
     */
    static void put(float[] x, int at, int bytes, float spread, ByteBuffer out) {
        SmallBlocks.putHalf(out, rms(x, at) / spread);
        putRandom(x, at, bytes - 2, out);
    }

    /** The same with the scale at the end, as in Q3_K. */
    static void putLast(float[] x, int at, int bytes, float spread, ByteBuffer out) {
        putRandom(x, at, bytes - 2, out);
        SmallBlocks.putHalf(out, rms(x, at) / spread);
    }

    /**
     * A block of IQ1_M, whose scale is in the highest four bits of the last four 16-bit numbers.
     */
    static void putScattered(float[] x, int at, int bytes, float spread, ByteBuffer out) {
        putRandom(x, at, bytes, out);
        int half = Float.floatToFloat16(rms(x, at) / spread);
        for (int i = 0; i < 4; i++) {
            int last = out.position() - 7 + 2 * i;
            out.put(last, (byte) (out.get(last) & 15 | (half >> 4 * i & 15) << 4));
        }
    }

    private static float rms(float[] x, int at) {
        double sum = 0;
        for (int i = 0; i < SIZE; i++) {
            sum += (double) x[at + i] * x[at + i];
        }
        return (float) Math.sqrt(sum / SIZE);
    }

    private static void putRandom(float[] x, int at, int bytes, ByteBuffer out) {
        for (int i = 0; i < bytes; i++) {
            // The low bits of a mantissa are as good as random; two values give eight bits.
            int mixed = Float.floatToRawIntBits(x[at + i]) * 0x9E3779B1;
            mixed ^= Float.floatToRawIntBits(x[at + SIZE - 1 - i]) * 0x85EBCA77;
            out.put((byte) (mixed >>> 17));
        }
    }
}

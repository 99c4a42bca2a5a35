package tramontane.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import tramontane.tensor.DType;

/**
 * A slab of columns of a chunk of activations, widened once for many groups of weights. Holds the
 * buffers of one thread.
 *
 * <pre>
 * eight rows, a block:
 *   pairs   [8][16] ints as VectorWeights makes them, [8] start values     for codes of up to six bits
 *   floats  [8][32] int8 as floats                                         for Q8_0
 *   scales  [8] scale, [8] scale * sum                                     for both
 * eight rows:
 *   floats  [8][512]                                                       for fp formats
 * </pre>
 */
final class VectorInputs {
    private static final int TOGETHER = VectorMatmul.TOGETHER;
    private static final int BLOCKS = VectorPanel.BLOCKS;

    /** Elements of a block in each array. */
    static final int PAIRS = TOGETHER * 17;

    static final int FLOATS = TOGETHER * 32;
    static final int SCALES = TOGETHER * 2;

    /** Where the start values of a block of pairs lie. */
    static final int START = TOGETHER * 16;

    final int[] pairs;
    final float[] floats;
    final float[] scales;
    private final byte[] bytes = new byte[TOGETHER * 32];

    /**
     * @param tiles how many times eight rows there is room for
     */
    VectorInputs(int tiles) {
        pairs = new int[tiles * BLOCKS * PAIRS];
        floats = new float[tiles * BLOCKS * FLOATS];
        scales = new float[tiles * BLOCKS * SCALES];
    }

    void read(DType dtype, Activations a, int from, int to, int column, int columnTo) {
        int at = 0;
        for (int row = from; row < to; row = VectorMatmul.tileEnd(a, row), at += BLOCKS) {
            int count = VectorMatmul.tileEnd(a, row) - row;
            if (!dtype.isQuantized()) {
                readFloats(a, row, count, column, columnTo, at * FLOATS);
                continue;
            }
            for (int block = column / 32; block < columnTo / 32; block++) {
                int to32 = at + block - column / 32;
                readScales(a, row, count, block, to32 * SCALES);
                if (dtype == DType.Q8_0) {
                    readBytes(a, row, count, block, to32 * FLOATS);
                } else {
                    readPairs(dtype, a, row, count, block, to32 * PAIRS);
                }
            }
        }
    }

    private void readFloats(Activations a, int row, int count, int column, int columnTo, int at) {
        for (int r = 0; r < count; r++) {
            long source = 4 * ((long) (row + r) * a.stride() + column);
            MemorySegment.copy(
                    a.values(),
                    ValueLayout.JAVA_FLOAT,
                    source,
                    floats,
                    at + r * 32 * BLOCKS,
                    columnTo - column);
        }
    }

    private void readScales(Activations a, int row, int count, int block, int at) {
        long scale = a.fieldOffset(row, block, Activations.SCALE);
        long scaledSum = a.fieldOffset(row, block, Activations.SCALED_SUM);
        for (int r = 0; r < count; r++) {
            scales[at + r] = a.quantized().get(ValueLayout.JAVA_FLOAT, scale + 4L * r);
            scales[at + TOGETHER + r] =
                    a.quantized().get(ValueLayout.JAVA_FLOAT, scaledSum + 4L * r);
        }
    }

    private void readBytes(Activations a, int row, int count, int block, int at) {
        long source = a.valuesOffset(row, block);
        MemorySegment.copy(a.quantized(), ValueLayout.JAVA_BYTE, source, bytes, 0, count * 32);
        widen(bytes, floats, at, count * 32);
    }

    // In this form the compiler makes vectors of it by itself.
    private static void widen(byte[] bytes, float[] floats, int at, int count) {
        for (int i = 0; i < count; i++) {
            floats[at + i] = bytes[i];
        }
    }

    private void readPairs(DType dtype, Activations a, int row, int count, int block, int at) {
        long source = a.valuesOffset(row, block);
        long start = a.fieldOffset(row, block, Activations.START_16);
        // What the panel took off these codes comes back here.
        boolean shifted = VectorPanel.offset(dtype) != WeightBlock.offset(dtype);
        for (int r = 0; r < count; r++) {
            VectorWeights.pairs(a.quantized(), source + 32L * r, pairs, at + 16 * r);
            pairs[at + START + r] =
                    shifted ? -a.quantized().get(ValueLayout.JAVA_INT, start + 4L * r) : 0;
        }
    }
}

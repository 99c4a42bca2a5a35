package tramontane.kernel.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import tramontane.kernel.Activations;
import tramontane.kernel.WeightBlock;
import tramontane.tensor.DType;

/**
 * Some columns (a slab) of some rows (a chunk) of the activations, converted once for many groups
 * of weights. An instance has the buffers of one thread.
 *
 * <pre>
 * for each eight rows and block:
 *   pairs   [8][16] ints from VectorWeights.pairs, [8] start values     codes of up to six bits
 *   floats  [8][32] int8 as floats                                      Q8_0, IQ4_NL, LUT4
 *   scales  [8] scale, [8] scale * sum                                  all quantized formats
 *           [8] scale * sum of the first 16, [8] of the last 16
 * for each eight rows:
 *   floats  [8][512]                                                    floating-point formats
 * </pre>
 */
final class VectorInputs {
    private static final int TILE_ROWS = VectorMatmul.TILE_ROWS;
    private static final int BLOCKS = VectorPanel.BLOCKS;

    /** Elements of a block in each array. */
    static final int PAIRS = TILE_ROWS * 17;

    static final int FLOATS = TILE_ROWS * 32;
    static final int SCALES = TILE_ROWS * 4;

    /** Elements from one row to the next in {@link #floats}, for floating-point formats. */
    static final int ROW_FLOATS = 32 * BLOCKS;

    /** Offset of the start values in a block of pairs. */
    static final int START = TILE_ROWS * 16;

    final int[] pairs;
    final float[] floats;
    final float[] scales;
    private final byte[] bytes = new byte[TILE_ROWS * 32];

    private int rowFrom;
    private int rowTo;
    private int columnFrom;
    private int columnTo;

    /**
     * @param tiles capacity in tiles of eight rows
     */
    VectorInputs(int tiles) {
        pairs = new int[tiles * BLOCKS * PAIRS];
        floats = new float[tiles * BLOCKS * FLOATS];
        scales = new float[tiles * BLOCKS * SCALES];
    }

    /** Starts a chunk of rows {@code from} to {@code to}. */
    void chunk(int from, int to) {
        rowFrom = from;
        rowTo = to;
    }

    /** Reads a slab: columns {@code from} to {@code to} of the chunk's rows. */
    void read(DType dtype, Activations a, int from, int to) {
        columnFrom = from;
        columnTo = to;
        int at = 0;
        for (int row = rowFrom; row < rowTo; row = VectorMatmul.tileEnd(a, row), at += BLOCKS) {
            int count = VectorMatmul.tileEnd(a, row) - row;
            if (!dtype.isQuantized()) {
                readFloats(a, row, count, at * FLOATS);
                continue;
            }
            for (int block = from / 32; block < to / 32; block++) {
                int target = at + block - from / 32;
                readScales(a, row, count, block, target * SCALES);
                if (VectorPanel.isInFloats(dtype)) {
                    readBytes(a, row, count, block, target * FLOATS);
                } else {
                    readPairs(a, row, count, block, target * PAIRS);
                    int start = target * PAIRS + START;
                    if (VectorPanel.offset(dtype) != WeightBlock.offset(dtype)) {
                        // Adds back what the panel subtracts from codes without an offset.
                        readStarts(a, row, count, block, start);
                    } else {
                        Arrays.fill(pairs, start, start + count, 0);
                    }
                }
            }
        }
    }

    int rowFrom() {
        return rowFrom;
    }

    int rowTo() {
        return rowTo;
    }

    int columnFrom() {
        return columnFrom;
    }

    /** Columns of the slab. */
    int columns() {
        return columnTo - columnFrom;
    }

    private void readFloats(Activations a, int row, int count, int at) {
        for (int r = 0; r < count; r++) {
            long source = 4 * ((long) (row + r) * a.stride() + columnFrom);
            MemorySegment.copy(
                    a.values(),
                    ValueLayout.JAVA_FLOAT,
                    source,
                    floats,
                    at + r * ROW_FLOATS,
                    columns());
        }
    }

    private void readScales(Activations a, int row, int count, int block, int at) {
        long scale = a.fieldOffset(row, block, Activations.SCALE);
        long scaledSum = a.fieldOffset(row, block, Activations.SCALED_SUM);
        for (int r = 0; r < count; r++) {
            scales[at + r] = a.quantized().get(ValueLayout.JAVA_FLOAT, scale + 4L * r);
            scales[at + TILE_ROWS + r] =
                    a.quantized().get(ValueLayout.JAVA_FLOAT, scaledSum + 4L * r);
        }
        readHalfSums(a, row, count, block, at);
    }

    /** The sums of the halves follow from their start values for Q6_K, which are -32 times them. */
    private void readHalfSums(Activations a, int row, int count, int block, int at) {
        long first = a.fieldOffset(row, block, Activations.START_FIRST_HALF);
        long last = a.fieldOffset(row, block, Activations.START_LAST_HALF);
        for (int r = 0; r < count; r++) {
            int firstSum = a.quantized().get(ValueLayout.JAVA_INT, first + 4L * r) / -32;
            int lastSum = a.quantized().get(ValueLayout.JAVA_INT, last + 4L * r) / -32;
            scales[at + 2 * TILE_ROWS + r] = scales[at + r] * firstSum;
            scales[at + 3 * TILE_ROWS + r] = scales[at + r] * lastSum;
        }
    }

    private void readBytes(Activations a, int row, int count, int block, int at) {
        long source = a.valuesOffset(row, block);
        MemorySegment.copy(a.quantized(), ValueLayout.JAVA_BYTE, source, bytes, 0, count * 32);
        widen(bytes, floats, at, count * 32);
    }

    // The JIT compiler vectorizes a loop of this form.
    private static void widen(byte[] bytes, float[] floats, int at, int count) {
        for (int i = 0; i < count; i++) {
            floats[at + i] = bytes[i];
        }
    }

    private void readPairs(Activations a, int row, int count, int block, int at) {
        long source = a.valuesOffset(row, block);
        for (int r = 0; r < count; r++) {
            VectorWeights.pairs(a.quantized(), source + 32L * r, pairs, at + 16 * r);
        }
    }

    private void readStarts(Activations a, int row, int count, int block, int at) {
        long start = a.fieldOffset(row, block, Activations.START_16);
        for (int r = 0; r < count; r++) {
            pairs[at + r] = -a.quantized().get(ValueLayout.JAVA_INT, start + 4L * r);
        }
    }
}

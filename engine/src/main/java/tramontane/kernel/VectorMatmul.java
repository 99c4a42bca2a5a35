package tramontane.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import tramontane.tensor.DType;

/**
 * Matmuls of several rows: a slab of columns of one group is unpacked, then multiplied with eight
 * rows of activations at a time. Holds the buffers of one thread.
 *
 * <pre>
 * for each chunk of rows            activations of chunk and slab, widened: at most 280 KB, for the second cache
 *   for each slab of columns
 *     for each group                weights of group and slab, unpacked: 18 or 34 KB, for the first
 *       for each eight rows         eight sums in registers; between slabs they wait in the output
 * </pre>
 */
final class VectorMatmul {
    /** Rows multiplied together: eight sums hide the latency of an fma. */
    static final int TOGETHER = 8;

    private static final int ROWS = VectorPanel.ROWS;
    private static final int SLAB_BLOCKS = VectorPanel.BLOCKS;
    private static final int SLAB_COLUMNS = SLAB_BLOCKS * 32;
    private static final int CHUNK_TILES = 16;

    private final VectorPanel panel = new VectorPanel();
    private final VectorInputs inputs = new VectorInputs(CHUNK_TILES);
    private final VectorTiles tiles = new VectorTiles();
    private final float[] sums = new float[TOGETHER * ROWS];

    void multiply(
            PackedMatrix w,
            int groupFrom,
            int groupTo,
            Activations a,
            MemorySegment out,
            int outStride) {
        int row = 0;
        while (row < a.rows()) {
            int end = row;
            for (int tiles = 0; end < a.rows() && tiles < CHUNK_TILES; tiles++) {
                end = tileEnd(a, end);
            }
            for (int column = 0; column < w.columns(); column += SLAB_COLUMNS) {
                int columnTo = Math.min(column + SLAB_COLUMNS, w.columns());
                inputs.read(w.dtype(), a, row, end, column, columnTo);
                for (int group = groupFrom; group < groupTo; group++) {
                    panel.unpack(w, group * w.groupBytes(), column, columnTo);
                    long target = 4 * ((long) row * outStride + (long) group * ROWS);
                    multiplyChunk(w.dtype(), a, row, end, column, columnTo, out, target, outStride);
                }
            }
            row = end;
        }
    }

    /**
     * The end of the eight rows that start at {@code row}, fewer at the end of a tile of the
     * activations.
     */
    static int tileEnd(Activations a, int row) {
        int tile = row / a.tileRows();
        int last = Math.min((tile + 1) * a.tileRows(), a.rows());
        return Math.min(row + TOGETHER, last);
    }

    /** {@code target} is where the group's first element of the chunk's first row lies. */
    private void multiplyChunk(
            DType dtype,
            Activations a,
            int from,
            int to,
            int column,
            int columnTo,
            MemorySegment out,
            long target,
            int outStride) {
        int at = 0;
        for (int row = from; row < to; row = tileEnd(a, row), at += SLAB_BLOCKS) {
            int count = tileEnd(a, row) - row;
            long offset = target + 4L * (row - from) * outStride;
            if (column == 0) {
                Arrays.fill(sums, 0f);
            }
            for (int r = 0; column > 0 && r < count; r++) {
                long source = offset + 4L * r * outStride;
                MemorySegment.copy(out, ValueLayout.JAVA_FLOAT, source, sums, r * ROWS, ROWS);
            }
            multiplyTile(dtype, at, columnTo - column);
            for (int r = 0; r < count; r++) {
                MemorySegment.copy(
                        sums,
                        r * ROWS,
                        out,
                        ValueLayout.JAVA_FLOAT,
                        offset + 4L * r * outStride,
                        ROWS);
            }
        }
    }

    private void multiplyTile(DType dtype, int at, int columns) {
        int blocks = columns / 32;
        switch (dtype) {
            case Q4_0, Q5_0 -> {
                for (int b = 0; b < blocks; b++) {
                    tiles.addPairs(panel, b, 0, 16, 0, inputs, at + b, sums);
                }
            }
            case Q4_1, Q5_1, Q4_K, Q5_K -> {
                for (int b = 0; b < blocks; b++) {
                    tiles.addPairs(panel, b, 0, 16, 0, inputs, at + b, sums);
                    tiles.addMinimum(panel, b, inputs, at + b, sums);
                }
            }
            case Q6_K -> {
                for (int b = 0; b < blocks; b++) {
                    tiles.addPairs(panel, b, 0, 8, 0, inputs, at + b, sums);
                    tiles.addPairs(panel, b, 8, 8, ROWS, inputs, at + b, sums);
                }
            }
            case Q8_0 -> {
                for (int b = 0; b < blocks; b++) {
                    tiles.addBytes(panel, b, inputs, at + b, sums);
                }
            }
            case F16, BF16, F32 ->
                    VectorFloats.multiply(
                            panel.floats,
                            columns,
                            inputs.floats,
                            at * VectorInputs.FLOATS,
                            SLAB_COLUMNS,
                            sums);
        }
    }
}

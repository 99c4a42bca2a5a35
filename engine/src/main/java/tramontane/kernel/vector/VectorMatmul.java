package tramontane.kernel.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import tramontane.kernel.Activations;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.PackedMatrix;
import tramontane.tensor.DType;

/**
 * Matmul of several rows: some columns of a group (a slab) are unpacked, then multiplied with eight
 * rows of activations at a time. An instance has the buffers of one thread.
 *
 * <pre>
 * for each chunk of rows            converted activations of chunk and slab: at most 280 KB, in the second-level cache
 *   for each slab of columns
 *     for each group                unpacked weights of group and slab: 18 or 34 KB, in the first-level cache
 *       for each eight rows         eight sums in registers; the output keeps them between slabs
 * </pre>
 */
final class VectorMatmul {
    /** Rows that are multiplied at the same time: eight sums hide the latency of an fma. */
    static final int TILE_ROWS = 8;

    private static final int ROWS = VectorPanel.ROWS;
    private static final int SLAB_BLOCKS = VectorPanel.BLOCKS;
    private static final int SLAB_COLUMNS = SLAB_BLOCKS * 32;
    private static final int CHUNK_TILES = 16;

    private final VectorPanel panel = new VectorPanel();
    private final VectorInputs inputs = new VectorInputs(CHUNK_TILES);
    private final float[] sums = new float[TILE_ROWS * ROWS];
    private final VectorTiles tiles = new VectorTiles(panel, inputs, sums);

    void multiply(PackedMatrix w, int groupFrom, int groupTo, Activations a, Fp32Rows out) {
        int row = 0;
        while (row < a.rows()) {
            int end = row;
            for (int tiles = 0; end < a.rows() && tiles < CHUNK_TILES; tiles++) {
                end = tileEnd(a, end);
            }
            inputs.chunk(row, end);
            for (int column = 0; column < w.columns(); column += SLAB_COLUMNS) {
                int columnTo = Math.min(column + SLAB_COLUMNS, w.columns());
                inputs.read(w.dtype(), a, column, columnTo);
                for (int group = groupFrom; group < groupTo; group++) {
                    panel.unpack(w, group * w.groupBytes(), column, columnTo);
                    multiplyChunk(w.dtype(), a, out, group);
                }
            }
            row = end;
        }
    }

    /**
     * Returns the end of the eight rows that start at {@code row}. At the end of a tile of the
     * activations there may be fewer.
     */
    static int tileEnd(Activations a, int row) {
        int tile = row / a.tileRows();
        int last = Math.min((tile + 1) * a.tileRows(), a.rows());
        return Math.min(row + TILE_ROWS, last);
    }

    /** Continues the sums of one group of weights with one slab, for all rows of the chunk. */
    private void multiplyChunk(DType dtype, Activations a, Fp32Rows out, int group) {
        MemorySegment values = out.values();
        int at = 0;
        for (int row = inputs.rowFrom();
                row < inputs.rowTo();
                row = tileEnd(a, row), at += SLAB_BLOCKS) {
            int count = tileEnd(a, row) - row;
            long offset = 4 * ((long) row * out.stride() + (long) group * ROWS);
            if (inputs.columnFrom() == 0) {
                Arrays.fill(sums, 0f);
            }
            for (int r = 0; inputs.columnFrom() > 0 && r < count; r++) {
                long source = offset + 4L * r * out.stride();
                MemorySegment.copy(values, ValueLayout.JAVA_FLOAT, source, sums, r * ROWS, ROWS);
            }
            multiplyTile(dtype, at, inputs.columns());
            for (int r = 0; r < count; r++) {
                long target = offset + 4L * r * out.stride();
                MemorySegment.copy(sums, r * ROWS, values, ValueLayout.JAVA_FLOAT, target, ROWS);
            }
        }
    }

    private void multiplyTile(DType dtype, int at, int columns) {
        int blocks = columns / 32;
        switch (dtype) {
            case Q4_0, Q5_0, FP4_32 -> {
                for (int b = 0; b < blocks; b++) {
                    tiles.addPairs(b, 0, 16, 0, at + b);
                }
            }
            case Q4_1, Q5_1, Q4_K, Q5_K -> {
                for (int b = 0; b < blocks; b++) {
                    tiles.addPairs(b, 0, 16, 0, at + b);
                    tiles.addMinimum(b, at + b);
                }
            }
            case Q6_K, INT3_16, FP4_16 -> {
                for (int b = 0; b < blocks; b++) {
                    tiles.addPairs(b, 0, 8, 0, at + b);
                    tiles.addPairs(b, 8, 8, ROWS, at + b);
                }
            }
            case Q2_K -> {
                for (int b = 0; b < blocks; b++) {
                    tiles.addPairs(b, 0, 8, 0, at + b);
                    tiles.addHalfMinimum(b, 0, at + b);
                    tiles.addPairs(b, 8, 8, ROWS, at + b);
                    tiles.addHalfMinimum(b, 1, at + b);
                }
            }
            case LUT4_16 -> {
                for (int b = 0; b < blocks; b++) {
                    tiles.addHalfBytes(b, 0, at + b);
                    tiles.addHalfBytes(b, 1, at + b);
                }
            }
            case Q8_0, IQ4_NL, LUT4_32 -> {
                for (int b = 0; b < blocks; b++) {
                    tiles.addBytes(b, at + b);
                }
            }
            case F16, BF16, F32 ->
                    VectorFloats.multiply(
                            panel.floats, columns, inputs.floats, at * VectorInputs.FLOATS, sums);
        }
    }
}

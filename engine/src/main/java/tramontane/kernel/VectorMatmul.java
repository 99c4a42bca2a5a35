package tramontane.kernel;

import static tramontane.kernel.VectorWidth.FLOATS;
import static tramontane.kernel.VectorWidth.LANES;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import tramontane.tensor.DType;

/**
 * Matmuls of several rows: a slab of columns of one group is unpacked to floats, then multiplied
 * with eight rows of activations at a time. Holds the buffers of one thread.
 *
 * <pre>
 * for each chunk of rows            activations of chunk and slab as floats: at most 280 KB, for the second cache
 *   for each slab of columns
 *     for each group                weights of group and slab as floats: 35 KB, for the first
 *       for each eight rows         eight sums in registers; between slabs they wait in the output
 * </pre>
 *
 * Activations of eight rows, a block: {@code [8 rows][32] int8 as floats, [8] scale, [8] scale *
 * sum}.
 */
final class VectorMatmul {
    /** Rows multiplied together: eight sums hide the latency of an fma. */
    static final int TOGETHER = 8;

    private static final int SLAB_BLOCKS = VectorPanel.BLOCKS;
    private static final int CHUNK_TILES = 16;
    private static final int SCALE = TOGETHER * 32;
    private static final int SCALED_SUM = SCALE + TOGETHER;
    private static final int BLOCK = SCALED_SUM + TOGETHER;

    private final VectorPanel panel = new VectorPanel();
    private final float[] inputs = new float[CHUNK_TILES * SLAB_BLOCKS * BLOCK];
    private final float[] sums = new float[TOGETHER * VectorPanel.ROWS];
    private final byte[] bytes = new byte[TOGETHER * 32];

    void multiply(
            PackedMatrix w,
            int groupFrom,
            int groupTo,
            Activations a,
            MemorySegment out,
            int outStride) {
        int slab = w.dtype().isQuantized() ? SLAB_BLOCKS * 32 : SLAB_BLOCKS * 34;
        int row = 0;
        while (row < a.rows()) {
            int tiles = 0;
            int end = row;
            while (end < a.rows() && tiles < CHUNK_TILES) {
                end = tileEnd(a, end);
                tiles++;
            }
            for (int column = 0; column < w.columns(); column += slab) {
                int columns = Math.min(slab, w.columns() - column);
                readInputs(w.dtype(), a, row, end, column, columns);
                for (int group = groupFrom; group < groupTo; group++) {
                    panel.unpack(w, group * w.groupBytes(), column, column + columns);
                    multiplyChunk(w.dtype(), group, a, row, end, column, columns, out, outStride);
                }
            }
            row = end;
        }
    }

    /**
     * The end of the eight rows that start at {@code row}, fewer at the end of a tile of the
     * activations.
     */
    private static int tileEnd(Activations a, int row) {
        int tile = row / a.tileRows();
        int last = Math.min((tile + 1) * a.tileRows(), a.rows());
        return Math.min(row + TOGETHER, last);
    }

    private void readInputs(DType dtype, Activations a, int from, int to, int column, int columns) {
        int at = 0;
        for (int row = from; row < to; row = tileEnd(a, row)) {
            int count = tileEnd(a, row) - row;
            if (dtype.isQuantized()) {
                for (int block = 0; block < columns / 32; block++) {
                    readBlock(a, row, count, column / 32 + block, at + block * BLOCK);
                }
            } else {
                for (int r = 0; r < count; r++) {
                    long source = 4 * ((long) (row + r) * a.stride() + column);
                    MemorySegment.copy(
                            a.values(),
                            ValueLayout.JAVA_FLOAT,
                            source,
                            inputs,
                            at + r * SLAB_BLOCKS * 34,
                            columns);
                }
            }
            at += SLAB_BLOCKS * BLOCK;
        }
    }

    private void readBlock(Activations a, int row, int count, int block, int at) {
        MemorySegment source = a.quantized();
        MemorySegment.copy(
                source, ValueLayout.JAVA_BYTE, a.valuesOffset(row, block), bytes, 0, count * 32);
        widen(bytes, inputs, at, count * 32);
        for (int field = 0; field < 2; field++) {
            long offset =
                    a.fieldOffset(
                            row, block, field == 0 ? Activations.SCALE : Activations.SCALED_SUM);
            for (int r = 0; r < count; r++) {
                float value = source.get(ValueLayout.JAVA_FLOAT, offset + 4L * r);
                inputs[at + SCALE + field * TOGETHER + r] = value;
            }
        }
    }

    private static void widen(byte[] bytes, float[] floats, int at, int count) {
        for (int i = 0; i < count; i++) {
            floats[at + i] = bytes[i];
        }
    }

    private void multiplyChunk(
            DType dtype,
            int group,
            Activations a,
            int from,
            int to,
            int column,
            int columns,
            MemorySegment out,
            int outStride) {
        int at = 0;
        for (int row = from; row < to; row = tileEnd(a, row)) {
            int count = tileEnd(a, row) - row;
            long offset = 4 * ((long) row * outStride + (long) group * VectorPanel.ROWS);
            if (column == 0) {
                Arrays.fill(sums, 0f);
            } else {
                for (int r = 0; r < count; r++) {
                    long source = offset + 4L * r * outStride;
                    MemorySegment.copy(
                            out,
                            ValueLayout.JAVA_FLOAT,
                            source,
                            sums,
                            r * VectorPanel.ROWS,
                            VectorPanel.ROWS);
                }
            }
            multiplyTile(dtype, at, columns);
            for (int r = 0; r < count; r++) {
                long target = offset + 4L * r * outStride;
                MemorySegment.copy(
                        sums,
                        r * VectorPanel.ROWS,
                        out,
                        ValueLayout.JAVA_FLOAT,
                        target,
                        VectorPanel.ROWS);
            }
            at += SLAB_BLOCKS * BLOCK;
        }
    }

    private void multiplyTile(DType dtype, int at, int columns) {
        switch (dtype) {
            case Q4_0, Q5_0, Q8_0 -> {
                for (int b = 0; b < columns / 32; b++) {
                    int p = b * VectorPanel.BLOCK;
                    addColumns(
                            panel.values,
                            p,
                            32,
                            p + VectorPanel.SCALE,
                            inputs,
                            at + b * BLOCK,
                            0,
                            sums);
                }
            }
            case Q4_1, Q5_1, Q4_K, Q5_K -> {
                for (int b = 0; b < columns / 32; b++) {
                    int p = b * VectorPanel.BLOCK;
                    addColumns(
                            panel.values,
                            p,
                            32,
                            p + VectorPanel.SCALE,
                            inputs,
                            at + b * BLOCK,
                            0,
                            sums);
                    addMinimum(
                            panel.values,
                            p + VectorPanel.SECOND,
                            inputs,
                            at + b * BLOCK + SCALED_SUM,
                            sums);
                }
            }
            case Q6_K -> {
                for (int b = 0; b < columns / 32; b++) {
                    int p = b * VectorPanel.BLOCK;
                    int last = p + 16 * VectorPanel.ROWS;
                    addColumns(
                            panel.values,
                            p,
                            16,
                            p + VectorPanel.SCALE,
                            inputs,
                            at + b * BLOCK,
                            0,
                            sums);
                    addColumns(
                            panel.values,
                            last,
                            16,
                            p + VectorPanel.SECOND,
                            inputs,
                            at + b * BLOCK,
                            16,
                            sums);
                }
            }
            case F16, BF16, F32 ->
                    VectorFloats.multiply(
                            panel.values, columns, inputs, at, SLAB_BLOCKS * 34, sums);
        }
    }

    /**
     * Adds {@code columns} columns of a block to the sums of eight rows; lanes are rows of the
     * weights.
     */
    private static void addColumns(
            float[] panel,
            int code,
            int columns,
            int scaleAt,
            float[] inputs,
            int block,
            int first,
            float[] sums) {
        for (int lane = 0; lane < VectorPanel.ROWS; lane += LANES) {
            FloatVector s0 = FloatVector.zero(FLOATS);
            FloatVector s1 = s0;
            FloatVector s2 = s0;
            FloatVector s3 = s0;
            FloatVector s4 = s0;
            FloatVector s5 = s0;
            FloatVector s6 = s0;
            FloatVector s7 = s0;
            int q = block + first;
            for (int k = 0; k < columns; k++) {
                FloatVector codes =
                        FloatVector.fromArray(FLOATS, panel, code + k * VectorPanel.ROWS + lane);
                s0 = FloatVector.broadcast(FLOATS, inputs[q + k]).fma(codes, s0);
                s1 = FloatVector.broadcast(FLOATS, inputs[q + k + 32]).fma(codes, s1);
                s2 = FloatVector.broadcast(FLOATS, inputs[q + k + 64]).fma(codes, s2);
                s3 = FloatVector.broadcast(FLOATS, inputs[q + k + 96]).fma(codes, s3);
                s4 = FloatVector.broadcast(FLOATS, inputs[q + k + 128]).fma(codes, s4);
                s5 = FloatVector.broadcast(FLOATS, inputs[q + k + 160]).fma(codes, s5);
                s6 = FloatVector.broadcast(FLOATS, inputs[q + k + 192]).fma(codes, s6);
                s7 = FloatVector.broadcast(FLOATS, inputs[q + k + 224]).fma(codes, s7);
            }
            FloatVector d = FloatVector.fromArray(FLOATS, panel, scaleAt + lane);
            int a = block + SCALE;
            d.mul(inputs[a])
                    .fma(s0, FloatVector.fromArray(FLOATS, sums, lane))
                    .intoArray(sums, lane);
            d.mul(inputs[a + 1])
                    .fma(s1, FloatVector.fromArray(FLOATS, sums, 16 + lane))
                    .intoArray(sums, 16 + lane);
            d.mul(inputs[a + 2])
                    .fma(s2, FloatVector.fromArray(FLOATS, sums, 32 + lane))
                    .intoArray(sums, 32 + lane);
            d.mul(inputs[a + 3])
                    .fma(s3, FloatVector.fromArray(FLOATS, sums, 48 + lane))
                    .intoArray(sums, 48 + lane);
            d.mul(inputs[a + 4])
                    .fma(s4, FloatVector.fromArray(FLOATS, sums, 64 + lane))
                    .intoArray(sums, 64 + lane);
            d.mul(inputs[a + 5])
                    .fma(s5, FloatVector.fromArray(FLOATS, sums, 80 + lane))
                    .intoArray(sums, 80 + lane);
            d.mul(inputs[a + 6])
                    .fma(s6, FloatVector.fromArray(FLOATS, sums, 96 + lane))
                    .intoArray(sums, 96 + lane);
            d.mul(inputs[a + 7])
                    .fma(s7, FloatVector.fromArray(FLOATS, sums, 112 + lane))
                    .intoArray(sums, 112 + lane);
        }
    }

    private static void addMinimum(
            float[] panel, int minimumAt, float[] inputs, int scaledSum, float[] sums) {
        for (int lane = 0; lane < VectorPanel.ROWS; lane += LANES) {
            FloatVector minimum = FloatVector.fromArray(FLOATS, panel, minimumAt + lane);
            for (int r = 0; r < TOGETHER; r++) {
                FloatVector factor = FloatVector.broadcast(FLOATS, inputs[scaledSum + r]);
                int at = r * VectorPanel.ROWS + lane;
                minimum.fma(factor, FloatVector.fromArray(FLOATS, sums, at)).intoArray(sums, at);
            }
        }
    }
}

package tramontane.kernel.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import tramontane.kernel.Activations;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.KvHead;
import tramontane.kernel.LayerNorm;
import tramontane.kernel.MatmulShape;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.QueryRows;
import tramontane.kernel.RmsNorm;
import tramontane.kernel.RopeShape;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.tensor.DType;

/**
 * The operations with the Vector API, for machines for which no machine code is emitted.
 *
 * <p>This class mentions no type of the Vector API, so that it loads without its module. Before one
 * is made, {@link #refusal} must have been asked, which loads the module.
 */
public final class VectorKernels extends ScalarKernels {
    // From this number of rows on, it pays to unpack the weights to floats once for all rows.
    private static final int MIN_UNPACK_ROWS = 3;

    static final String BITS_PROPERTY = "tramontane.vectorBits";

    /**
     * The reason why these kernels cannot be used here and what to do about it; empty if they can.
     */
    public static Optional<String> refusal() {
        String bits = System.getProperty(BITS_PROPERTY, "");
        return switch (bits) {
            case "", "128", "256", "512" -> VectorModule.refusal().or(VectorWidth::refusal);
            // The rehearsal for the start cache, among others: it must not load the module.
            case "0" -> Optional.of(BITS_PROPERTY + " is 0");
            default ->
                    Optional.of(BITS_PROPERTY + " is " + bits + ", it must be 0, 128, 256 or 512");
        };
    }

    @Override
    public String name() {
        return "vector-" + VectorWidth.BITS;
    }

    @Override
    public int tileRows() {
        return VectorMatmul.TILE_ROWS;
    }

    @Override
    public void quantize(Activations a, int from, int to) {
        VectorScratch.ofThread().quantize().quantize(a, from, to);
    }

    @Override
    public void quantizeColumns(Fp32Rows x, Activations a, int block, int blocks) {
        VectorScratch.ofThread().quantize().quantizeColumns(x, a, block, blocks);
    }

    @Override
    public void round(Activations a, int from, int to) {
        VectorPairs.round(a, from, to);
    }

    @Override
    public void roundColumns(Fp32Rows x, Activations a, int block, int blocks) {
        VectorPairs.roundColumns(x, a, block, blocks);
    }

    @Override
    public void matmul(PackedMatrix w, int groupFrom, int groupTo, Activations a, Fp32Rows out) {
        MatmulShape.check(w, groupFrom, groupTo, a, out);
        if (w.dtype() == DType.BF16_PAIRS) {
            VectorScratch.ofThread().pairs().multiply(w, groupFrom, groupTo, a, out);
        } else if (w.dtype().isQuantized() && a.rows() < MIN_UNPACK_ROWS) {
            VectorScratch.ofThread().decode().multiply(w, groupFrom, groupTo, a, out);
        } else {
            VectorScratch.ofThread().matmul().multiply(w, groupFrom, groupTo, a, out);
        }
    }

    @Override
    public void rmsNorm(RmsNorm norm, MemorySegment x, MemorySegment out, int stride, int rows) {
        for (int row = 0; row < rows; row++) {
            VectorRows.rmsNorm(norm, x, out, 4L * row * stride);
        }
    }

    @Override
    public void layerNorm(
            LayerNorm norm, MemorySegment x, MemorySegment out, int stride, int rows) {
        for (int row = 0; row < rows; row++) {
            VectorRows.layerNorm(norm, x, out, 4L * row * stride);
        }
    }

    @Override
    public void add(MemorySegment x, MemorySegment y, long count) {
        VectorRows.add(x, 0, y, count);
    }

    @Override
    public void addBias(MemorySegment x, int stride, MemorySegment bias, int columns, int rows) {
        for (int row = 0; row < rows; row++) {
            VectorRows.add(x, 4L * row * stride, bias, columns);
        }
    }

    @Override
    public void scale(MemorySegment x, float factor, long count) {
        VectorRows.scale(x, factor, count);
    }

    @Override
    public void siluMultiply(MemorySegment gate, MemorySegment up, long count) {
        VectorScratch.ofThread().gates().siluMultiply(gate, up, count);
    }

    @Override
    public void geluMultiply(MemorySegment gate, MemorySegment up, long count) {
        VectorScratch.ofThread().gates().geluMultiply(gate, up, count);
    }

    @Override
    public void gelu(MemorySegment x, long count) {
        VectorScratch.ofThread().gates().gelu(x, count);
    }

    @Override
    public void rope(RopeShape shape, MemorySegment row, int heads, MemorySegment table) {
        for (int head = 0; head < heads; head++) {
            long start = (long) head * shape.headSize();
            if (shape.neox()) {
                VectorRope.rotateHalves(row, start, shape.pairs(), table);
            } else {
                VectorRope.rotateNeighbours(row, start, shape.pairs(), table);
            }
        }
    }

    @Override
    public void exp(float[] x) {
        VectorGates.exp(x, 0, x.length);
    }

    @Override
    public void softmax(Fp32Rows x, int rows, int columns, float scale, MemorySegment sums) {
        for (int row = 0; row < rows; row++) {
            float sum =
                    VectorScratch.ofThread().gates().softmax(x.start(row, columns), columns, scale);
            sums.setAtIndex(ValueLayout.JAVA_FLOAT, row, sum);
        }
    }

    @Override
    public void attention(KvHead head, QueryRows queries, MemorySegment out) {
        VectorScratch.ofThread().attention(head.shape().headSize()).attend(head, queries, out);
    }

    // Joining is little work, so the inherited scalar code does it.
    @Override
    public void attentionSection(KvHead head, QueryRows query, int section, MemorySegment partial) {
        VectorScratch.ofThread()
                .attention(head.shape().headSize())
                .attendSection(head, query, section, partial);
    }
}

package tramontane.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * The operations with the Vector API: the fast path of every machine for which no machine code is
 * emitted.
 *
 * <p>Nothing here mentions a type of that API, so that this class, and those that extend it, load
 * without its module.
 */
class VectorKernels extends ScalarKernels {
    // From here on it pays to unpack the weights to floats once for all rows.
    private static final int FEW_ROWS = 3;

    static final String BITS_PROPERTY = "tramontane.vectorBits";

    /** Why these kernels cannot be used here, and what to do about it. */
    static Optional<String> refusal() {
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            return Optional.of(
                    "the module jdk.incubator.vector is missing;"
                            + " start Java with --add-modules jdk.incubator.vector");
        }
        String bits = System.getProperty(BITS_PROPERTY, "");
        return switch (bits) {
            case "", "128", "256", "512" -> VectorWidth.refusal();
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
        return VectorMatmul.TOGETHER;
    }

    @Override
    public void quantize(Activations a, int from, int to) {
        Scratch.ofThread().quantize().quantize(a, from, to);
    }

    @Override
    public void matmul(
            PackedMatrix w,
            int groupFrom,
            int groupTo,
            Activations a,
            MemorySegment out,
            int outStride) {
        MatmulShape.check(w, groupFrom, groupTo, a, out, outStride);
        if (w.dtype().isQuantized() && a.rows() < FEW_ROWS) {
            for (int row = 0; row < a.rows(); row++) {
                Scratch.ofThread().decode().multiply(w, groupFrom, groupTo, a, row, out, outStride);
            }
        } else {
            Scratch.ofThread().matmul().multiply(w, groupFrom, groupTo, a, out, outStride);
        }
    }

    @Override
    public void rmsNorm(
            MemorySegment x,
            int stride,
            MemorySegment weight,
            int columns,
            float epsilon,
            MemorySegment out,
            int rows) {
        for (int row = 0; row < rows; row++) {
            VectorRows.rmsNorm(x, 4L * row * stride, weight, columns, epsilon, out);
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
        Scratch.ofThread().gates().siluMultiply(gate, up, count);
    }

    @Override
    public void geluMultiply(MemorySegment gate, MemorySegment up, long count) {
        Scratch.ofThread().gates().geluMultiply(gate, up, count);
    }

    @Override
    public void rope(
            MemorySegment row,
            int heads,
            int headSize,
            int rotated,
            MemorySegment table,
            boolean neox) {
        for (int head = 0; head < heads; head++) {
            if (neox) {
                VectorRope.rotateHalves(row, (long) head * headSize, rotated / 2, table);
            } else {
                VectorRope.rotateNeighbours(row, (long) head * headSize, rotated / 2, table);
            }
        }
    }

    @Override
    public void exp(float[] x) {
        VectorGates.exp(x, 0, x.length);
    }

    @Override
    public void attention(
            AttentionShape shape,
            MemorySegment query,
            int queryStride,
            int rows,
            int position,
            MemorySegment cache,
            long[] tileOffsets,
            int kvHead,
            MemorySegment out) {
        VectorAttention attention = Scratch.ofThread().attention(shape.headSize());
        attention.attend(
                shape, query, queryStride, rows, position, cache, tileOffsets, kvHead, out);
    }

    // Joining is little work, so the scalar code does it here, too.
    @Override
    public void attentionSection(
            AttentionShape shape,
            MemorySegment query,
            int position,
            MemorySegment cache,
            long[] tileOffsets,
            int kvHead,
            int section,
            MemorySegment partial) {
        VectorAttention attention = Scratch.ofThread().attention(shape.headSize());
        attention.attendSection(
                shape, query, position, cache, tileOffsets, kvHead, section, partial);
    }
}

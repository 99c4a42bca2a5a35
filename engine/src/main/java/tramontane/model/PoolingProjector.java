package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import tramontane.kernel.Activations;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.LayerNorm;
import tramontane.kernel.RmsNorm;

/**
 * The projector of Gemma 3.
 *
 * <pre>
 * pooled [width]        = mean of norm(x) over a square of patches, whose sum goes line by line
 * row    [text width]   = linear * rmsNorm(pooled)
 * </pre>
 */
final class PoolingProjector implements PatchProjector {
    /**
     * @param postNorm that of the encoder behind its last layer
     */
    record Weights(LayerNorm postNorm, RmsNorm norm, Linear linear)
            implements PatchEncoderWeights.Projector {}

    private final Weights weights;
    private final Compute compute;
    private final int width;
    private final int merge;
    private final Activations pooled;
    private final Fp32Rows out;

    PoolingProjector(
            PatchEncoderConfig config, Weights weights, Compute compute, SegmentAllocator memory) {
        this.weights = weights;
        this.compute = compute;
        width = config.layers().width();
        merge = config.picture().merge();
        int rows = maxRows(config);
        pooled = new Activations(rows, width, compute.kernels.tileRows(), memory);
        out = new Fp32Rows(memory.allocate(4L * rows * config.textWidth(), 64), config.textWidth());
    }

    /** Bytes that a projector allocates. */
    static long bufferBytes(PatchEncoderConfig config) {
        int rows = maxRows(config);
        return Activations.bytes(rows, config.layers().width()) + 4L * rows * config.textWidth();
    }

    private static int maxRows(PatchEncoderConfig config) {
        return config.picture().maxPatches()
                / (config.picture().merge() * config.picture().merge());
    }

    /** Patches are normed in place. */
    @Override
    public float[] project(Fp32Rows x, int columns, int lines) {
        compute.forRows(
                columns * lines,
                (from, to) -> {
                    MemorySegment rows = x.slice(from, to);
                    compute.kernels.layerNorm(weights.postNorm, rows, rows, width, to - from);
                });
        int rows = columns / merge * (lines / merge);
        pooled.rows(rows);
        compute.forRows(rows, (from, to) -> pool(x, columns, from, to));
        compute.multiply(new Compute.Product(weights.linear, pooled, out));
        float[] result = new float[Math.multiplyExact(rows, out.stride())];
        MemorySegment.copy(out.values(), ValueLayout.JAVA_FLOAT, 0, result, 0, result.length);
        return result;
    }

    private void pool(Fp32Rows x, int columns, int from, int to) {
        int squares = columns / merge;
        for (int row = from; row < to; row++) {
            MemorySegment sum = pooled.fp32().slice(row, row + 1);
            int first = row / squares * merge * columns + row % squares * merge;
            MemorySegment.copy(x.slice(first, first + 1), 0, sum, 0, 4L * width);
            for (int part = 1; part < merge * merge; part++) {
                int patch = first + part / merge * columns + part % merge;
                compute.kernels.add(sum, x.slice(patch, patch + 1), width);
            }
            compute.kernels.scale(sum, 1f / (merge * merge), width);
        }
        MemorySegment sums = pooled.fp32().slice(from, to);
        compute.kernels.rmsNorm(weights.norm, sums, sums, width, to - from);
    }
}

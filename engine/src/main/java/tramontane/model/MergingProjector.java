package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import tramontane.kernel.Activations;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.RmsNorm;

/**
 * The projector of Pixtral and of Mistral 3 models, which merge squares of patches.
 *
 * <pre>
 * merged [width * merge * merge]   the elements of a square of patches, if the model merges:
 *                                  element 0 of all its patches, line by line, then element 1, ...
 * joined [width]                   = merger * merged, or the patch itself
 * row    [text width]              = second * gelu(first * joined)
 * </pre>
 */
final class MergingProjector implements PatchProjector {
    /** second(gelu(first(merge(norm(x))))), without the merging in Pixtral 12B. */
    record Weights(Optional<Merger> merger, Linear first, Linear second)
            implements PatchEncoderWeights.Projector {}

    /** Makes one row of a square of patches (Mistral Small 3.1 and later). */
    record Merger(RmsNorm norm, Linear linear) {}

    /** Rows computed together. */
    private static final int CHUNK = 128;

    private final PatchEncoderConfig config;
    private final Weights weights;
    private final Compute compute;
    private final int width;
    private final int merge;
    private final Activations merged;
    private final Activations joined;
    private final Activations hidden;
    private final Fp32Rows out;

    MergingProjector(
            PatchEncoderConfig config, Weights weights, Compute compute, SegmentAllocator memory) {
        this.config = config;
        this.weights = weights;
        this.compute = compute;
        width = config.layers().width();
        merge = config.picture().merge();
        int tileRows = compute.kernels.tileRows();
        merged = Activations.withRounded(CHUNK, width * merge * merge, tileRows, memory);
        joined = merge == 1 ? merged : Activations.withRounded(CHUNK, width, tileRows, memory);
        hidden = Activations.withRounded(CHUNK, config.textWidth(), tileRows, memory);
        out =
                new Fp32Rows(
                        memory.allocate(4L * CHUNK * config.textWidth(), 64), config.textWidth());
    }

    /** Bytes that a projector allocates. */
    static long bufferBytes(PatchEncoderConfig config) {
        int width = config.layers().width();
        int merge = config.picture().merge();
        return Activations.bytesWithRounded(CHUNK, width * merge * merge)
                + (merge == 1 ? 0 : Activations.bytesWithRounded(CHUNK, width))
                + Activations.bytesWithRounded(CHUNK, config.textWidth())
                + 4L * CHUNK * config.textWidth();
    }

    /** If the model merges, patches are normed in place. */
    @Override
    public float[] project(Fp32Rows x, int columns, int lines) {
        weights.merger()
                .ifPresent(merger ->
                        compute.forRows(
                                columns * lines,
                                (from, to) -> {
                                    MemorySegment rows = x.slice(from, to);
                                    compute.kernels.rmsNorm(
                                            merger.norm(), rows, rows, width, to - from);
                                }));
        int textWidth = config.textWidth();
        int rows = columns / merge * (lines / merge);
        float[] result = new float[Math.multiplyExact(rows, textWidth)];
        for (int from = 0; from < rows; from += CHUNK) {
            int count = Math.min(CHUNK, rows - from);
            project(x, columns, from, count);
            MemorySegment.copy(
                    out.values(),
                    ValueLayout.JAVA_FLOAT,
                    0,
                    result,
                    from * textWidth,
                    count * textWidth);
        }
        return result;
    }

    private void project(Fp32Rows x, int columns, int from, int count) {
        merged.rows(count);
        joined.rows(count);
        hidden.rows(count);
        compute.forRows(
                count,
                (first, end) -> {
                    for (int row = first; row < end; row++) {
                        merge(x, columns, from + row, row);
                    }
                });
        weights.merger()
                .ifPresent(merger -> {
                    convert(merger.linear(), merged);
                    compute.multiply(new Compute.Product(merger.linear(), merged, joined.fp32()));
                });
        convert(weights.first(), joined);
        compute.multiply(new Compute.Product(weights.first(), joined, hidden.fp32()));
        compute.forRows(
                count,
                (first, end) ->
                        compute.kernels.gelu(
                                hidden.fp32().slice(first, end),
                                (long) (end - first) * hidden.stride()));
        convert(weights.second(), hidden);
        compute.multiply(new Compute.Product(weights.second(), hidden, out));
    }

    /** Fills a row of the chunk with the square of patches of a row of the picture. */
    private void merge(Fp32Rows x, int columns, int row, int chunkRow) {
        MemorySegment to = merged.fp32().slice(chunkRow, chunkRow + 1);
        int squares = columns / merge;
        int first = row / squares * merge * columns + row % squares * merge;
        int parts = merge * merge;
        for (int part = 0; part < parts; part++) {
            int patch = first + part / merge * columns + part % merge;
            MemorySegment from = x.slice(patch, patch + 1);
            for (int i = 0; i < width; i++) {
                to.setAtIndex(
                        ValueLayout.JAVA_FLOAT,
                        (long) i * parts + part,
                        from.getAtIndex(ValueLayout.JAVA_FLOAT, i));
            }
        }
    }

    private void convert(Linear linear, Activations in) {
        compute.forRows(in.rows(), (first, end) -> compute.convert(in, first, end, linear));
    }
}

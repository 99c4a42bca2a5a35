package tramontane.model;

import java.lang.foreign.SegmentAllocator;
import tramontane.kernel.Fp32Rows;

/** Makes rows of the text model from the patches of a picture. */
sealed interface PatchProjector permits MergingProjector, PoolingProjector {
    /**
     * Projects all patches of a picture; {@code x} may be overwritten.
     *
     * @return row after row
     */
    float[] project(Fp32Rows x, int columns, int lines);

    static PatchProjector of(
            PatchEncoderConfig config,
            PatchEncoderWeights.Projector weights,
            Compute compute,
            SegmentAllocator memory) {
        return switch (weights) {
            case MergingProjector.Weights merging ->
                    new MergingProjector(config, merging, compute, memory);
            case PoolingProjector.Weights pooling ->
                    new PoolingProjector(config, pooling, compute, memory);
        };
    }

    /** Bytes that a projector allocates. */
    static long bufferBytes(PatchEncoderConfig config) {
        return switch (config.kind()) {
            case PIXTRAL -> MergingProjector.bufferBytes(config);
            case GEMMA3 -> PoolingProjector.bufferBytes(config);
        };
    }
}

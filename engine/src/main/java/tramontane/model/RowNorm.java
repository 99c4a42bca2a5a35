package tramontane.model;

import java.lang.foreign.MemorySegment;
import tramontane.kernel.Kernels;
import tramontane.kernel.LayerNorm;
import tramontane.kernel.RmsNorm;

/** The norm before a part of an image encoder's layer. */
sealed interface RowNorm {
    /** By the root mean square (Pixtral). */
    record RootMeanSquare(RmsNorm norm) implements RowNorm {}

    /** By mean and variance, with a bias (SigLIP). */
    record MeanAndVariance(LayerNorm norm) implements RowNorm {}

    /** Norms rows without gaps; {@code out} may be {@code x}. */
    default void apply(Kernels kernels, MemorySegment x, MemorySegment out, int rows) {
        switch (this) {
            case RootMeanSquare(RmsNorm norm) ->
                    kernels.rmsNorm(norm, x, out, norm.columns(), rows);
            case MeanAndVariance(LayerNorm norm) ->
                    kernels.layerNorm(norm, x, out, norm.columns(), rows);
        }
    }
}

package tramontane.model;

import java.lang.foreign.SegmentAllocator;
import java.util.function.BooleanSupplier;
import tramontane.cache.KvCache;
import tramontane.kernel.Kernels;
import tramontane.kernel.Workers;

/**
 * The layers of a model without an output matrix: from tokens to rows, of which {@link Pooling}
 * makes vectors. Only one thread at a time may use it.
 */
public sealed interface HiddenRows permits DecoderRows, EncoderRows {
    /** What the layers compute with. */
    record Parts(Kernels kernels, Workers workers, SegmentAllocator memory) {}

    /** Elements of a row. */
    int width();

    /** True if a sequence must be computed in one step, because each token sees all others. */
    boolean wholeSequences();

    /**
     * Runs the batch.
     *
     * @param abandon called before each layer; if it returns true, the step ends and this method
     *     returns false
     */
    boolean forward(Batch batch, KvCache cache, BooleanSupplier abandon);

    /** Copies the final values of a row of the batch, {@link #width} elements. */
    void row(int row, float[] out);
}

package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.BooleanSupplier;
import tramontane.cache.KvCache;

/** A decoder-only transformer as an embedding model: its layers and the norm after them. */
public final class DecoderRows implements HiddenRows {
    private final DecoderLayers layers;
    private final MemorySegment normed;
    private final int width;

    /**
     * @param context positions of a sequence
     * @param maxRows rows of a batch
     */
    public DecoderRows(ModelConfig config, Weights weights, Parts parts, int context, int maxRows) {
        width = config.width();
        layers =
                new DecoderLayers(
                        config,
                        weights,
                        new Compute(parts.kernels(), parts.workers()),
                        new DecoderLayers.Extent(context, maxRows),
                        parts.memory());
        normed = parts.memory().allocate(4L * width, 64);
    }

    /** Bytes that the rows allocate, known before the weights are loaded. */
    public static long bufferBytes(ModelConfig config, int context, int maxRows) {
        return DecoderLayers.bufferBytes(config, new DecoderLayers.Extent(context, maxRows))
                + 4L * config.width();
    }

    @Override
    public int width() {
        return width;
    }

    @Override
    public boolean wholeSequences() {
        return false;
    }

    @Override
    public boolean forward(Batch batch, KvCache cache, BooleanSupplier abandon) {
        return layers.forward(batch, cache, abandon);
    }

    @Override
    public void row(int row, float[] out) {
        layers.finish(row, normed);
        MemorySegment.copy(normed, ValueLayout.JAVA_FLOAT, 0, out, 0, width);
    }
}

package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.function.BooleanSupplier;
import tramontane.cache.KvCache;
import tramontane.kernel.Activations;
import tramontane.kernel.RmsNorm;

/**
 * The layers of a decoder-only transformer. They turn tokens into rows and write their keys and
 * values to the cache.
 *
 * <pre>
 * x [rows][width]      = embedding of each token, or the row of a picture
 * for each layer:  x += attention(norm(x))        (Gemma: x += norm(attention(norm(x))))
 *                  x += feedForward(norm(x))
 * </pre>
 *
 * Buffers are allocated once.
 */
final class DecoderLayers {
    private final ModelConfig config;
    private final Weights weights;
    private final Compute compute;
    private final FusedProducts products;
    private final SelfAttention attention;
    private final FeedForwards feedForward;
    private final int width;
    private final ResidualStream x;
    private final Activations normed;

    DecoderLayers(
            ModelConfig config,
            Weights weights,
            Compute compute,
            Extent extent,
            SegmentAllocator memory) {
        this.config = config;
        this.weights = weights;
        this.compute = compute;
        this.width = config.width();
        int maxRows = extent.maxRows;
        attention = new SelfAttention(config, compute, extent, memory);
        products = new FusedProducts(compute, maxRows, 2);
        feedForward = new FeedForwards(config, products, maxRows, memory);
        x = new ResidualStream(width, products, maxRows, memory);
        normed = new Activations(maxRows, width, compute.kernels.tileRows(), memory);
    }

    /** The maximum sizes: positions of a sequence, rows of a batch. */
    record Extent(int context, int maxRows) {}

    /** Bytes that the layers allocate, known before the weights are loaded. */
    static long bufferBytes(ModelConfig config, Extent extent) {
        return ResidualStream.bufferBytes(config.width(), extent.maxRows)
                + SelfAttention.bufferBytes(config, extent.context, extent.maxRows)
                + FeedForwards.bufferBytes(config, extent.maxRows)
                + Activations.bytes(extent.maxRows, config.width());
    }

    /** For products of the same batches. */
    FusedProducts products() {
        return products;
    }

    /** Runs the batch. Returns false if {@code abandon}, called before each layer, is true. */
    boolean forward(Batch batch, KvCache cache, BooleanSupplier abandon) {
        attention.prepare(batch);
        compute.forRows(batch.rows, (from, to) -> embed(batch, from, to));
        for (int i = 0; i < config.layers(); i++) {
            if (abandon.getAsBoolean()) {
                return false;
            }
            Weights.Layer layer = weights.layers().get(i);
            norm(layer.attentionNorm(), batch.rows);
            Activations heads = attention.heads(layer.attention(), batch, normed, cache.layer(i));
            x.add(heads, layer.attention().output(), layer.attentionPostNorm());
            norm(layer.feedForwardNorm(), batch.rows);
            feedForward.forward(layer.feedForward(), layer.feedForwardPostNorm(), normed, x);
        }
        return true;
    }

    /** Writes the row's final values, normed, to the start of {@code out}. */
    void finish(int row, MemorySegment out) {
        compute.kernels.rmsNorm(weights.outputNorm(), x.slice(row, row + 1), out, width, 1);
    }

    private void embed(Batch batch, int from, int to) {
        int run = 0;
        for (int row = from; row < to; row++) {
            MemorySegment out = x.slice(row, row + 1);
            while (batch.firstRow[run + 1] <= row) {
                run++;
            }
            if (batch.tokens[row] < 0) {
                batch.inputRows[run].copy(batch.positions[row], out);
                continue;
            }
            weights.embedding().row(batch.tokens[row], out);
            if (config.embeddingScale() != 1) {
                compute.kernels.scale(out, config.embeddingScale(), width);
            }
        }
    }

    private void norm(RmsNorm norm, int rows) {
        normed.rows(rows);
        compute.forRows(
                rows,
                (from, to) -> {
                    MemorySegment out =
                            normed.values().asSlice(4L * from * width, 4L * (to - from) * width);
                    compute.kernels.rmsNorm(norm, x.slice(from, to), out, width, to - from);
                    compute.kernels.quantize(normed, from, to);
                });
    }
}

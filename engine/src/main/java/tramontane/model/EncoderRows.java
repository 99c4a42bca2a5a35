package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.BooleanSupplier;
import tramontane.cache.KvCache;
import tramontane.kernel.Activations;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.Kernels;
import tramontane.kernel.LayerNorm;
import tramontane.kernel.RowDecoder;

/**
 * An encoder with the architecture of BERT.
 *
 * <pre>
 * x [rows][width]      = norm(embedding of the token + of its position + of its type)
 * for each layer:  x = norm(x + attention(x))
 *                  x = norm(x + down(gelu(up(x))))
 * </pre>
 *
 * The cache holds the keys and values of one layer at a time, because no later step reads them.
 */
public final class EncoderRows implements HiddenRows {
    private final EncoderWeights weights;
    private final Compute compute;
    private final EncoderAttention attention;
    private final int width;
    private final Activations x;
    private final Fp32Rows branch;
    private final Activations hidden;
    private final Fp32Rows hiddenRows;

    /**
     * @param maxRows rows of a batch
     */
    public EncoderRows(EncoderConfig config, EncoderWeights weights, Parts parts, int maxRows) {
        this.weights = weights;
        this.compute = new Compute(parts.kernels(), parts.workers());
        this.width = config.width();
        int tileRows = parts.kernels().tileRows();
        attention = new EncoderAttention(config, compute, maxRows, parts.memory());
        x = new Activations(maxRows, width, tileRows, parts.memory());
        branch = new Fp32Rows(parts.memory().allocate(4L * maxRows * width, 64), width);
        hidden = new Activations(maxRows, config.feedForward(), tileRows, parts.memory());
        hiddenRows = new Fp32Rows(hidden.values(), hidden.stride());
    }

    /** Bytes that an encoder allocates, known before its weights are loaded. */
    public static long bufferBytes(EncoderConfig config, int maxRows, int threads) {
        return EncoderAttention.bufferBytes(config, maxRows, threads)
                + Activations.bytes(maxRows, config.width())
                + 4L * maxRows * config.width()
                + Activations.bytes(maxRows, config.feedForward());
    }

    @Override
    public int width() {
        return width;
    }

    @Override
    public boolean wholeSequences() {
        return true;
    }

    @Override
    public boolean forward(Batch batch, KvCache cache, BooleanSupplier abandon) {
        x.rows(batch.rows);
        hidden.rows(batch.rows);
        compute.forRows(batch.rows, (from, to) -> embed(batch, from, to));
        for (EncoderWeights.Layer layer : weights.layers()) {
            if (abandon.getAsBoolean()) {
                return false;
            }
            attention.forward(layer, batch, x, cache.layer(0), branch);
            addBranch(layer.attentionNorm());
            feedForward(layer.feedForward());
            addBranch(layer.outputNorm());
        }
        return true;
    }

    @Override
    public void row(int row, float[] out) {
        long offset = 4L * row * x.stride();
        MemorySegment.copy(x.values(), ValueLayout.JAVA_FLOAT, offset, out, 0, width);
    }

    private MemorySegment rows(int from, int to) {
        return x.values().asSlice(4L * from * x.stride(), 4L * (to - from) * x.stride());
    }

    /** The sum of a row's embeddings: the token's and the type's, then the position's. */
    private void embed(Batch batch, int from, int to) {
        Kernels kernels = compute.kernels;
        for (int row = from; row < to; row++) {
            MemorySegment out = rows(row, row + 1);
            MemorySegment position = branch.slice(row, row + 1);
            RowDecoder.dequantizeRow(weights.tokens(), batch.tokens[row], out);
            RowDecoder.dequantizeRow(weights.positions(), batch.positions[row], position);
            kernels.add(out, weights.type(), width);
            kernels.add(out, position, width);
        }
        norm(weights.embeddingNorm(), from, to);
    }

    private void addBranch(LayerNorm norm) {
        compute.forRows(
                x.rows(),
                (from, to) -> {
                    compute.kernels.add(
                            rows(from, to), branch.slice(from, to), (long) (to - from) * width);
                    norm(norm, from, to);
                });
    }

    private void norm(LayerNorm norm, int from, int to) {
        MemorySegment rows = rows(from, to);
        compute.kernels.layerNorm(norm, rows, rows, x.stride(), to - from);
        compute.kernels.quantize(x, from, to);
    }

    private void feedForward(EncoderWeights.FeedForward layer) {
        compute.multiply(new Compute.Product(layer.up(), x, hiddenRows));
        compute.forRows(
                x.rows(),
                (from, to) -> {
                    compute.kernels.gelu(
                            hiddenRows.slice(from, to), (long) (to - from) * hiddenRows.stride());
                    if (layer.down().matrix().dtype().isQuantized()) {
                        compute.kernels.quantize(hidden, from, to);
                    }
                });
        compute.multiply(new Compute.Product(layer.down(), hidden, branch));
    }
}

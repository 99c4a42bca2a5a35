package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import tramontane.cache.KvCache;
import tramontane.gguf.TensorInfo;
import tramontane.kernel.Activations;
import tramontane.kernel.FiniteCheck;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.Kernels;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.Workers;
import tramontane.tensor.DType;

/**
 * A decoder-only transformer that generates text: its layers, and the output matrix that turns
 * their rows into logits.
 *
 * <pre>
 * x [rows][width]                  = layers
 * logits [wanted rows][vocabulary] = output * norm(x)
 * </pre>
 *
 * Only one thread at a time may use it. Buffers are allocated once.
 */
public final class Transformer {
    private final ModelConfig config;
    private final Weights weights;
    private final Compute compute;
    private final DecoderLayers layers;
    private final int width;
    private final Activations wanted;
    private final int rowsPerLogits;
    private final Fp32Rows logits;

    /** The output matrix, or the part of it that is multiplied. */
    private Linear output;

    /** For each wanted row of the current batch, whether its logits can be used. */
    private final boolean[] usable;

    /** The maximum sizes: positions of a sequence, rows of a batch, rows of logits of a batch. */
    public record Limits(int context, int maxRows, int maxLogits) {
        private DecoderLayers.Extent extent() {
            return new DecoderLayers.Extent(context, maxRows);
        }
    }

    public Transformer(
            ModelConfig config,
            Weights weights,
            Kernels kernels,
            Workers workers,
            Limits limits,
            SegmentAllocator memory) {
        this.config = config;
        this.weights = weights;
        this.compute = new Compute(kernels, workers);
        this.width = config.width();
        layers = new DecoderLayers(config, weights, compute, limits.extent(), memory);
        output = weights.output();
        rowsPerLogits = rowsPerLogits(output.matrix().dtype());
        wanted =
                new Activations(
                        rowsPerLogits * limits.maxLogits, width, kernels.tileRows(), memory);
        usable = new boolean[limits.maxLogits];
        int logitStride = logitStride(weights.vocabulary());
        long logitBytes = 4L * limits.maxLogits * logitStride;
        logits = new Fp32Rows(memory.allocate(logitBytes, 64), logitStride);
    }

    /**
     * Bytes that a transformer allocates, known before its weights are loaded.
     *
     * @param output the output matrix in the file
     */
    public static long bufferBytes(ModelConfig config, TensorInfo output, Limits limits) {
        int wantedRows = rowsPerLogits(output.dtype()) * limits.maxLogits;
        return DecoderLayers.bufferBytes(config, limits.extent())
                + Activations.bytes(wantedRows, config.width())
                + 4L * limits.maxLogits * logitStride(output.rows());
    }

    private static int rowsPerLogits(DType output) {
        return output.isQuantized() ? 2 : 1;
    }

    private static int logitStride(long vocabulary) {
        return Math.toIntExact(Math.ceilDiv(vocabulary, 16) * 16);
    }

    public Kernels kernels() {
        return compute.kernels;
    }

    public ModelConfig config() {
        return config;
    }

    /**
     * From the next step on, only the first {@code tokens} of the vocabulary, or a few more, get
     * logits; with the size of the vocabulary, all do. What {@link #logits} returns for others is
     * undefined.
     */
    public void restrictLogits(int tokens) {
        PackedMatrix all = weights.output().matrix();
        int groups = Math.min(all.groups(), Math.ceilDiv(tokens, PackedMatrix.GROUP_ROWS));
        output = groups == all.groups() ? weights.output() : weights.output().part(0, groups);
    }

    /**
     * Runs the batch. Afterwards, {@link #logits} returns the logits that the batch asked for.
     *
     * @param abandon called before each layer; if it returns true, the step ends and this method
     *     returns false
     */
    public boolean forward(Batch batch, KvCache cache, BooleanSupplier abandon) {
        if (!layers.forward(batch, cache, abandon)) {
            return false;
        }
        head(batch);
        return true;
    }

    /**
     * Copies the logits of the {@code index}-th wanted row. {@code out} has one element per token
     * of the vocabulary. All are NaN if the input of the output matrix is not finite, which int8
     * would hide, or all zeros, as after an overflow or with weights of zero.
     */
    public void logits(int index, float[] out) {
        if (!usable[index]) {
            Arrays.fill(out, Float.NaN);
            return;
        }
        long row = 4L * index * logits.stride();
        MemorySegment.copy(logits.values(), ValueLayout.JAVA_FLOAT, row, out, 0, out.length);
    }

    /**
     * Multiplies the rows whose logits are wanted with the output matrix, the largest matrix of the
     * model.
     *
     * <p>Rounding errors of its input go straight into the logits. So the input is represented as
     * the sum of two int8 rows, where the second row is the rounding error of the first. This
     * brings the logits closer to the fp32 model than it would for any other layer. It costs
     * little, since the matrix is read once for both rows.
     */
    private void head(Batch batch) {
        if (batch.logits == 0) {
            return;
        }
        wanted.rows(rowsPerLogits * batch.logits);
        for (int i = 0; i < batch.logits; i++) {
            int row = rowsPerLogits * i;
            MemorySegment out = wanted.values().asSlice(4L * row * width, 4L * width);
            layers.finish(batch.logitRows[i], out);
            usable[i] = FiniteCheck.isFinite(out, width) && !FiniteCheck.isZero(out, width);
            if (rowsPerLogits == 2) {
                wanted.remainder(row, row + 1);
            }
        }
        if (rowsPerLogits == 2) {
            compute.kernels.quantize(wanted, 0, wanted.rows());
        }
        layers.products()
                .multiply(
                        wanted,
                        (column, columns, parts) -> {
                            for (int i = 0; i < batch.logits; i++) {
                                store(parts[0], i, column, columns);
                            }
                        },
                        output);
    }

    /** Writes some logits of a wanted row: the sum of its two rows, or its only row. */
    private void store(Fp32Rows part, int index, int column, int columns) {
        int row = rowsPerLogits * index;
        MemorySegment sum = part.start(row, columns);
        if (rowsPerLogits == 2) {
            compute.kernels.add(sum, part.start(row + 1, columns), columns);
        }
        logits.from(column).start(index, columns).copyFrom(sum);
    }
}

package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import tramontane.cache.KvCache;
import tramontane.gguf.TensorInfo;
import tramontane.kernel.Activations;
import tramontane.kernel.FiniteCheck;
import tramontane.kernel.Kernels;
import tramontane.kernel.Workers;
import tramontane.tensor.DType;

/**
 * A decoder-only transformer: tokens in, logits out, keys and values into the cache on the way.
 *
 * <pre>
 * x [rows][width]      = embedding of each token
 * a layer:  x += attention(norm(x))        (gemma: x += norm(attention(norm(x))))
 *           x += feedForward(norm(x))
 * logits [wanted rows][vocabulary] = output * norm(x)
 * </pre>
 *
 * One thread at a time; buffers are sized once.
 */
public final class Transformer {
    /** Logits a task adds up: some microseconds of reading. */
    private static final int LOGITS_OF_A_TASK = 1 << 14;

    private final ModelConfig config;
    private final Weights weights;
    private final Compute compute;
    private final Attention attention;
    private final FeedForward feedForward;
    private final int width;
    private final MemorySegment x;
    private final MemorySegment branch;
    private final Activations normed;
    private final Activations wanted;
    private final int rowsPerLogits;
    private final MemorySegment logits;
    private final int logitStride;

    /** Of each wanted row of the latest batch, whether its logits can be trusted. */
    private final boolean[] sound;

    /**
     * What a transformer is sized for: positions of a sequence, rows of a batch, logits of a batch.
     */
    public record Limits(int context, int maxRows, int maxLogits) {}

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
        int maxRows = limits.maxRows;
        attention = new Attention(config, compute, limits.context, maxRows, memory);
        feedForward = new FeedForward(config, compute, maxRows, memory);
        x = memory.allocate(4L * maxRows * width, 64);
        branch = memory.allocate(4L * maxRows * width, 64);
        normed = new Activations(maxRows, width, kernels.tileRows(), memory);
        rowsPerLogits = rowsPerLogits(weights.output().matrix().dtype());
        wanted =
                new Activations(
                        rowsPerLogits * limits.maxLogits, width, kernels.tileRows(), memory);
        sound = new boolean[limits.maxLogits];
        logitStride = logitStride(weights.vocabulary());
        logits = memory.allocate(4L * rowsPerLogits * limits.maxLogits * logitStride, 64);
    }

    /**
     * What a transformer allocates, told before its weights are loaded.
     *
     * @param output the output matrix as the file has it
     */
    public static long bufferBytes(ModelConfig config, TensorInfo output, Limits limits) {
        int logitRows = rowsPerLogits(output.dtype()) * limits.maxLogits;
        return 8L * limits.maxRows * config.width()
                + Attention.bufferBytes(config, limits.context, limits.maxRows)
                + FeedForward.bufferBytes(config, limits.maxRows)
                + Activations.bytes(limits.maxRows, config.width())
                + Activations.bytes(logitRows, config.width())
                + 4L * logitRows * logitStride(output.rows());
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
     * Runs the batch; afterwards {@link #logits} holds what it asked for.
     *
     * @param abandon asked before each layer; where it says yes, the work ends and false is
     *     returned
     */
    public boolean forward(Batch batch, KvCache cache, BooleanSupplier abandon) {
        attention.prepare(batch);
        compute.forRows(batch.rows, (from, to) -> embed(batch, from, to));
        for (int i = 0; i < config.layers(); i++) {
            if (abandon.getAsBoolean()) {
                return false;
            }
            Weights.Layer layer = weights.layers().get(i);
            norm(layer.attentionNorm(), batch.rows);
            attention.forward(layer.attention(), batch, normed, cache.layer(i), branch, width);
            addBranch(layer.attentionPostNorm(), batch.rows);
            norm(layer.feedForwardNorm(), batch.rows);
            feedForward.forward(layer.feedForward(), normed, branch, width);
            addBranch(layer.feedForwardPostNorm(), batch.rows);
        }
        head(batch);
        return true;
    }

    /**
     * Copies the logits of the {@code index}-th wanted row; {@code out} has one element a token of
     * the vocabulary. All are NaN where the row that the output matrix was given is not finite,
     * which int8 would hide, or nothing but zeros, as after an overflow or with weights of zero.
     */
    public void logits(int index, float[] out) {
        if (!sound[index]) {
            Arrays.fill(out, Float.NaN);
            return;
        }
        long row = 4L * rowsPerLogits * index * logitStride;
        MemorySegment.copy(logits, ValueLayout.JAVA_FLOAT, row, out, 0, out.length);
    }

    private void embed(Batch batch, int from, int to) {
        for (int row = from; row < to; row++) {
            MemorySegment out = x.asSlice(4L * row * width, 4L * width);
            weights.embedding().row(batch.tokens[row], out);
            if (config.embeddingScale() != 1) {
                compute.kernels.scale(out, config.embeddingScale(), width);
            }
        }
    }

    private void norm(MemorySegment weight, int rows) {
        normed.rows(rows);
        compute.forRows(
                rows,
                (from, to) -> {
                    MemorySegment in = x.asSlice(4L * from * width, 4L * (to - from) * width);
                    MemorySegment out =
                            normed.values().asSlice(4L * from * width, 4L * (to - from) * width);
                    compute.kernels.rmsNorm(
                            in, width, weight, width, config.epsilon(), out, to - from);
                    compute.kernels.quantize(normed, from, to);
                });
    }

    private void addBranch(Optional<MemorySegment> postNorm, int rows) {
        compute.forRows(
                rows,
                (from, to) -> {
                    long count = (long) (to - from) * width;
                    MemorySegment part = branch.asSlice(4L * from * width, 4 * count);
                    postNorm.ifPresent(weight ->
                            compute.kernels.rmsNorm(
                                    part, width, weight, width, config.epsilon(), part, to - from));
                    compute.kernels.add(x.asSlice(4L * from * width, 4 * count), part, count);
                });
    }

    /**
     * Only rows whose logits are wanted reach the output matrix, the largest of all.
     *
     * <p>Rounding errors of its input go straight into the logits. So the input is taken as the sum
     * of two int8 rows, the second of which is what the first leaves: this brings logits closer to
     * the fp32 model than any other layer could, and costs little, since the matrix is read once
     * for both.
     */
    private void head(Batch batch) {
        if (batch.logits == 0) {
            return;
        }
        wanted.rows(rowsPerLogits * batch.logits);
        for (int i = 0; i < batch.logits; i++) {
            int row = rowsPerLogits * i;
            MemorySegment in = x.asSlice(4L * batch.logitRows[i] * width, 4L * width);
            MemorySegment out = wanted.values().asSlice(4L * row * width, 4L * width);
            compute.kernels.rmsNorm(
                    in, width, weights.outputNorm(), width, config.epsilon(), out, 1);
            sound[i] = FiniteCheck.isFinite(out, width) && !FiniteCheck.isZero(out, width);
            if (rowsPerLogits == 2) {
                wanted.remainder(row, row + 1);
            }
        }
        if (rowsPerLogits == 2) {
            compute.kernels.quantize(wanted, 0, wanted.rows());
        }
        compute.multiply(wanted, new Compute.Product(weights.output(), logits, logitStride));
        if (rowsPerLogits == 2) {
            int pieces = Math.ceilDiv(logitStride, LOGITS_OF_A_TASK);
            compute.forTasks(
                    batch.logits * pieces,
                    (task, worker) ->
                            addRemainder(task / pieces, task % pieces * LOGITS_OF_A_TASK));
        }
    }

    /** Adds what the second row gave to the logits from {@code first} on. */
    private void addRemainder(int index, int first) {
        int count = Math.min(LOGITS_OF_A_TASK, logitStride - first);
        long row = 8L * index * logitStride + 4L * first;
        compute.kernels.add(
                logits.asSlice(row, 4L * count),
                logits.asSlice(row + 4L * logitStride, 4L * count),
                count);
    }
}

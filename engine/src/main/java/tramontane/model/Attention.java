package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Optional;
import tramontane.kernel.Activations;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.Kernels;
import tramontane.kernel.RmsNorm;
import tramontane.kernel.RopeShape;

/**
 * Grouped-query attention (Ainslie et al. 2023) with rotary positions over the cached keys and
 * values.
 */
final class Attention {
    /**
     * @param queryNorm the norm of each query head, if the family has one; {@code keyNorm} is the
     *     same for keys
     * @param local whether the layer sees only a window and uses the local rope
     */
    record Layer(
            Linear query,
            Linear key,
            Linear value,
            Linear output,
            Optional<RmsNorm> queryNorm,
            Optional<RmsNorm> keyNorm,
            boolean local)
            implements AttentionLayer {}

    private final ModelConfig config;
    private final Compute compute;
    private final RopeTable globalRope;
    private final RopeTable localRope;
    private final RopeShape ropeShape;
    private final Fp32Rows query;
    private final Fp32Rows key;
    private final Fp32Rows value;
    private final Activations heads;
    private final Fp32Rows headRows;
    private final AttentionTasks tasks;

    Attention(
            ModelConfig config,
            Compute compute,
            int context,
            int maxRows,
            SegmentAllocator memory) {
        this.config = config;
        this.compute = compute;
        AttentionShape shape = config.attention().shape(false);
        int queryStride = shape.queryHeads() * shape.headSize();
        int keyStride = shape.kvHeads() * shape.headSize();
        globalRope = new RopeTable(config.attention().rope(), context, memory);
        localRope =
                config.attention().hasLocalRope()
                        ? new RopeTable(config.attention().localRope(), context, memory)
                        : globalRope;
        ropeShape =
                new RopeShape(
                        shape.headSize(),
                        config.attention().rope().rotated(),
                        config.architecture().neoxRope());
        query = new Fp32Rows(memory.allocate(4L * maxRows * queryStride, 64), queryStride);
        key = new Fp32Rows(memory.allocate(4L * maxRows * keyStride, 64), keyStride);
        value = new Fp32Rows(memory.allocate(4L * maxRows * keyStride, 64), keyStride);
        heads = new Activations(maxRows, queryStride, compute.kernels.tileRows(), memory);
        headRows = new Fp32Rows(heads.values(), queryStride);
        tasks = new AttentionTasks(compute, maxRows, memory);
    }

    /** Bytes that an attention of this size allocates. */
    static long bufferBytes(ModelConfig config, int context, int maxRows) {
        AttentionShape shape = config.attention().shape(false);
        int queries = shape.queryHeads() * shape.headSize();
        int keys = shape.kvHeads() * shape.headSize();
        long tables = RopeTable.bytes(config.attention().rope(), context);
        if (config.attention().hasLocalRope()) {
            tables += RopeTable.bytes(config.attention().localRope(), context);
        }
        return tables + 4L * maxRows * (queries + 2 * keys) + Activations.bytes(maxRows, queries);
    }

    /**
     * Extends the rope tables to the positions of a batch. Called once per step, before the layers.
     */
    void prepare(Batch batch) {
        int end = batch.lastPosition() + 1;
        globalRope.fill(end);
        localRope.fill(end);
    }

    /**
     * Computes the input of the output matrix for all rows of {@code in}, and writes their keys and
     * values to {@code cache}.
     */
    Activations heads(Layer layer, Batch batch, Activations in, MemorySegment cache) {
        compute.multiply(
                new Compute.Product(layer.query, in, query),
                new Compute.Product(layer.key, in, key),
                new Compute.Product(layer.value, in, value));
        compute.forRows(batch.rows, (from, to) -> rotateAndStore(layer, batch, cache, from, to));
        heads.rows(batch.rows);
        tasks.attend(config.attention().shape(layer.local), batch, query, cache, headRows);
        if (layer.output.isQuantized()) {
            compute.forRows(batch.rows, (from, to) -> compute.kernels.quantize(heads, from, to));
        }
        return heads;
    }

    private void rotateAndStore(Layer layer, Batch batch, MemorySegment cache, int from, int to) {
        Kernels kernels = compute.kernels;
        AttentionShape shape = config.attention().shape(layer.local);
        norm(layer.queryNorm, query.slice(from, to), (to - from) * shape.queryHeads());
        norm(layer.keyNorm, key.slice(from, to), (to - from) * shape.kvHeads());
        RopeTable table = layer.local ? localRope : globalRope;
        int run = 0;
        for (int row = from; row < to; row++) {
            while (batch.firstRow[run + 1] <= row) {
                run++;
            }
            int position = batch.positions[row];
            MemorySegment q = query.slice(row, row + 1);
            MemorySegment k = key.slice(row, row + 1);
            MemorySegment v = value.slice(row, row + 1);
            MemorySegment angles = table.row(position);
            kernels.rope(ropeShape, q, shape.queryHeads(), angles);
            kernels.rope(ropeShape, k, shape.kvHeads(), angles);
            float temperature = config.attention().temperature(position);
            if (temperature != 1) {
                kernels.scale(q, temperature, query.stride());
            }
            long offset = batch.tables[run].offsets()[position / AttentionShape.TILE];
            MemorySegment tile = cache.asSlice(offset, shape.tileBytes());
            kernels.storeKeyValue(shape, k, v, tile, position % AttentionShape.TILE);
        }
    }

    /** Norms each head in place, if the family has such a norm. */
    private void norm(Optional<RmsNorm> norm, MemorySegment x, int heads) {
        norm.ifPresent(each -> compute.kernels.rmsNorm(each, x, x, each.columns(), heads));
    }
}

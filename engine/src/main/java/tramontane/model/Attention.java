package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Optional;
import tramontane.kernel.Activations;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.Kernels;
import tramontane.kernel.KvHead;
import tramontane.kernel.QueryRows;
import tramontane.kernel.RmsNorm;
import tramontane.kernel.RopeShape;

/**
 * Grouped-query attention (Ainslie et al. 2023) with rotary positions over the cached keys and
 * values.
 */
final class Attention {
    /** Query rows of a task. They share the keys and values that they read. */
    private static final int TASK_ROWS = 16;

    /** Tasks per thread with which the threads finish at nearly the same time. */
    private static final int TASKS_PER_THREAD = 4;

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
            boolean local) {}

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
    private final AttentionSections sections;
    private final int[] taskRow;
    private final int[] taskRun;

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
        sections = new AttentionSections(compute, memory);
        taskRow = new int[maxRows + 1];
        taskRun = new int[maxRows];
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
        attend(config.attention().shape(layer.local), batch, cache);
        if (layer.output.matrix().dtype().isQuantized()) {
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

    private void attend(AttentionShape shape, Batch batch, MemorySegment cache) {
        // With fewer tasks, some threads are idle or finish late.
        int enough = TASKS_PER_THREAD * compute.threads();
        boolean deep = batch.lastPosition() >= AttentionShape.SECTION;
        if (!deep
                || batch.rows * shape.kvHeads() >= enough
                || !sections.attend(shape, batch, query, cache, headRows)) {
            attendByRows(shape, batch, cache);
        }
    }

    private void attendByRows(AttentionShape shape, Batch batch, MemorySegment cache) {
        int pieces = 0;
        for (int run = 0; run < batch.runs; run++) {
            for (int row = batch.firstRow[run]; row < batch.firstRow[run + 1]; row += TASK_ROWS) {
                taskRun[pieces] = run;
                taskRow[pieces++] = row;
            }
        }
        taskRow[pieces] = batch.rows;
        // Later pieces of a prompt see more positions and take longer, so they run first.
        int last = pieces - 1;
        compute.forTasks(
                pieces * shape.kvHeads(),
                (task, worker) -> {
                    int piece = last - task / shape.kvHeads();
                    int from = taskRow[piece];
                    int to = taskRow[piece + 1];
                    compute.kernels.attention(
                            new KvHead(
                                    shape,
                                    cache,
                                    batch.tables[taskRun[piece]].offsets(),
                                    task % shape.kvHeads()),
                            new QueryRows(
                                    query.slice(from, to),
                                    query.stride(),
                                    to - from,
                                    batch.positions[from]),
                            headRows.slice(from, to));
                });
    }
}

package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Optional;
import tramontane.kernel.Activations;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Kernels;

/**
 * Grouped-query attention (Ainslie et al. 2023) with rotary positions over the cached keys and
 * values.
 */
final class Attention {
    /** Query rows a task takes: they share the keys and values they read. */
    private static final int TASK_ROWS = 16;

    /** Tasks a thread, from which on none waits long for another. */
    private static final int BALANCED_TASKS = 4;

    /**
     * @param queryNorm weights of the norm of each query head, where the family has one; likewise
     *     {@code keyNorm}
     * @param local whether the layer sees only a window and uses the local rope
     */
    record Layer(
            Linear query,
            Linear key,
            Linear value,
            Linear output,
            Optional<MemorySegment> queryNorm,
            Optional<MemorySegment> keyNorm,
            boolean local) {}

    private final ModelConfig config;
    private final Compute compute;
    private final RopeTable globalRope;
    private final RopeTable localRope;
    private final MemorySegment query;
    private final MemorySegment key;
    private final MemorySegment value;
    private final Activations heads;
    private final int queryStride;
    private final int keyStride;
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
        queryStride = shape.queryHeads() * shape.headSize();
        keyStride = shape.kvHeads() * shape.headSize();
        globalRope = new RopeTable(config.attention().rope(), context, memory);
        localRope =
                config.attention().hasLocalRope()
                        ? new RopeTable(config.attention().localRope(), context, memory)
                        : globalRope;
        query = memory.allocate(4L * maxRows * queryStride, 64);
        key = memory.allocate(4L * maxRows * keyStride, 64);
        value = memory.allocate(4L * maxRows * keyStride, 64);
        heads = new Activations(maxRows, queryStride, compute.kernels.tileRows(), memory);
        sections = new AttentionSections(compute, memory);
        taskRow = new int[maxRows + 1];
        taskRun = new int[maxRows];
    }

    /** What an attention allocates. */
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

    /** Prepares the tables a batch needs; once a step, before the layers. */
    void prepare(Batch batch) {
        int end = batch.lastPosition() + 1;
        globalRope.fill(end);
        localRope.fill(end);
    }

    /**
     * Writes the result for all rows of {@code in} to {@code out}, and the rows' keys and values to
     * {@code cache}.
     */
    void forward(
            Layer layer,
            Batch batch,
            Activations in,
            MemorySegment cache,
            MemorySegment out,
            int outStride) {
        compute.multiply(
                in,
                new Compute.Product(layer.query, query, queryStride),
                new Compute.Product(layer.key, key, keyStride),
                new Compute.Product(layer.value, value, keyStride));
        compute.forRows(batch.rows, (from, to) -> rotateAndStore(layer, batch, cache, from, to));
        heads.rows(batch.rows);
        attend(config.attention().shape(layer.local), batch, cache);
        if (layer.output.matrix().dtype().isQuantized()) {
            compute.forRows(batch.rows, (from, to) -> compute.kernels.quantize(heads, from, to));
        }
        compute.multiply(heads, new Compute.Product(layer.output, out, outStride));
    }

    private void rotateAndStore(Layer layer, Batch batch, MemorySegment cache, int from, int to) {
        Kernels kernels = compute.kernels;
        AttentionShape shape = config.attention().shape(layer.local);
        int headSize = shape.headSize();
        MemorySegment queries =
                query.asSlice(4L * from * queryStride, 4L * (to - from) * queryStride);
        MemorySegment keys = key.asSlice(4L * from * keyStride, 4L * (to - from) * keyStride);
        layer.queryNorm.ifPresent(norm ->
                kernels.rmsNorm(
                        queries,
                        headSize,
                        norm,
                        headSize,
                        config.epsilon(),
                        queries,
                        (to - from) * shape.queryHeads()));
        layer.keyNorm.ifPresent(norm ->
                kernels.rmsNorm(
                        keys,
                        headSize,
                        norm,
                        headSize,
                        config.epsilon(),
                        keys,
                        (to - from) * shape.kvHeads()));
        RopeTable table = layer.local ? localRope : globalRope;
        int rotated = config.attention().rope().rotated();
        boolean neox = config.architecture().neoxRope();
        int run = 0;
        for (int row = from; row < to; row++) {
            while (batch.firstRow[run + 1] <= row) {
                run++;
            }
            int position = batch.positions[row];
            MemorySegment q = query.asSlice(4L * row * queryStride, 4L * queryStride);
            MemorySegment k = key.asSlice(4L * row * keyStride, 4L * keyStride);
            MemorySegment v = value.asSlice(4L * row * keyStride, 4L * keyStride);
            MemorySegment angles = table.row(position);
            kernels.rope(q, shape.queryHeads(), headSize, rotated, angles, neox);
            kernels.rope(k, shape.kvHeads(), headSize, rotated, angles, neox);
            float temperature = config.attention().temperature(position);
            if (temperature != 1) {
                kernels.scale(q, temperature, queryStride);
            }
            long tile = batch.tables[run].offsets()[position / AttentionShape.TILE];
            kernels.storeKeyValue(shape, k, v, cache, tile, position % AttentionShape.TILE);
        }
    }

    private void attend(AttentionShape shape, Batch batch, MemorySegment cache) {
        // Fewer heads than this leave threads idle, or busy unevenly.
        int enough = BALANCED_TASKS * compute.threads();
        boolean deep = batch.lastPosition() >= AttentionShape.SECTION;
        if (!deep
                || batch.rows * shape.kvHeads() >= enough
                || !sections.attend(shape, batch, query, queryStride, cache, heads.values())) {
            attendInPieces(shape, batch, cache);
        }
    }

    private void attendInPieces(AttentionShape shape, Batch batch, MemorySegment cache) {
        int pieces = 0;
        for (int run = 0; run < batch.runs; run++) {
            for (int row = batch.firstRow[run]; row < batch.firstRow[run + 1]; row += TASK_ROWS) {
                taskRun[pieces] = run;
                taskRow[pieces++] = row;
            }
        }
        taskRow[pieces] = batch.rows;
        // Later pieces of a prompt see more of it, so they are handed out first.
        int last = pieces - 1;
        compute.forTasks(
                pieces * shape.kvHeads(),
                (task, worker) -> {
                    int piece = last - task / shape.kvHeads();
                    int from = taskRow[piece];
                    int rows = taskRow[piece + 1] - from;
                    compute.kernels.attention(
                            shape,
                            query.asSlice(4L * from * queryStride, 4L * rows * queryStride),
                            queryStride,
                            rows,
                            batch.positions[from],
                            cache,
                            batch.tables[taskRun[piece]].offsets(),
                            task % shape.kvHeads(),
                            heads.values()
                                    .asSlice(4L * from * queryStride, 4L * rows * queryStride));
                });
    }
}

package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import tramontane.kernel.Activations;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.KvHead;
import tramontane.kernel.QueryRows;

/**
 * Attention in which every token of a sequence sees all of them.
 *
 * <p>The kernels know queries that see what is before them, and query heads that share a KV head.
 * So sixteen rows become sixteen query heads of one row at the last position: they see everything,
 * and the keys and values are read once for all of them. Each query head is computed by itself, so
 * which rows come together changes no bit.
 *
 * <pre>
 * rows of the batch         [row][head][size]
 * a task, for one KV head   [16 rows][size]      as the query heads of that KV head
 * </pre>
 */
final class EncoderAttention {
    /** Rows of a task; the vector kernels and the emitted ones compute as many at a time. */
    private static final int ROWS = 16;

    private final Compute compute;
    private final AttentionShape shape;
    private final AttentionShape grouped;
    private final Fp32Rows query;
    private final Fp32Rows key;
    private final Fp32Rows value;
    private final Activations heads;
    private final Fp32Rows headRows;

    /** The queries of a worker's task, and its results. */
    private final MemorySegment[] queries;

    private final MemorySegment[] results;
    private final int[] taskRow;
    private final int[] taskRun;

    EncoderAttention(EncoderConfig config, Compute compute, int maxRows, SegmentAllocator memory) {
        this.compute = compute;
        shape = config.attention();
        grouped = grouped(shape);
        int width = config.width();
        query = new Fp32Rows(memory.allocate(4L * maxRows * width, 64), width);
        key = new Fp32Rows(memory.allocate(4L * maxRows * width, 64), width);
        value = new Fp32Rows(memory.allocate(4L * maxRows * width, 64), width);
        heads = new Activations(maxRows, width, compute.kernels.tileRows(), memory);
        headRows = new Fp32Rows(heads.values(), width);
        queries = new MemorySegment[compute.threads()];
        results = new MemorySegment[compute.threads()];
        for (int worker = 0; worker < compute.threads(); worker++) {
            queries[worker] = memory.allocate(4L * ROWS * width, 64);
            results[worker] = memory.allocate(4L * ROWS * width, 64);
        }
        taskRow = new int[maxRows + 1];
        taskRun = new int[maxRows];
    }

    private static AttentionShape grouped(AttentionShape shape) {
        return new AttentionShape(
                ROWS * shape.kvHeads(), shape.kvHeads(), shape.headSize(), shape.scale(), 0);
    }

    /** Bytes that an attention of this size allocates. */
    static long bufferBytes(EncoderConfig config, int maxRows, int threads) {
        return 4L * config.width() * (3L * maxRows + 2L * ROWS * threads)
                + Activations.bytes(maxRows, config.width());
    }

    /** Writes the results for all rows of {@code in} to {@code out}. */
    void forward(
            EncoderWeights.Layer layer,
            Batch batch,
            Activations in,
            MemorySegment cache,
            Fp32Rows out) {
        compute.multiply(
                new Compute.Product(layer.query(), in, query),
                new Compute.Product(layer.key(), in, key),
                new Compute.Product(layer.value(), in, value));
        compute.forRows(batch.rows, (from, to) -> store(batch, cache, from, to));
        heads.rows(batch.rows);
        attend(batch, cache);
        if (layer.output().matrix().dtype().isQuantized()) {
            compute.forRows(batch.rows, (from, to) -> compute.kernels.quantize(heads, from, to));
        }
        compute.multiply(new Compute.Product(layer.output(), heads, out));
    }

    private void store(Batch batch, MemorySegment cache, int from, int to) {
        int run = 0;
        for (int row = from; row < to; row++) {
            while (batch.firstRow[run + 1] <= row) {
                run++;
            }
            int position = batch.positions[row];
            long offset = batch.tables[run].offsets()[position / AttentionShape.TILE];
            compute.kernels.storeKeyValue(
                    shape,
                    key.slice(row, row + 1),
                    value.slice(row, row + 1),
                    cache.asSlice(offset, shape.tileBytes()),
                    position % AttentionShape.TILE);
        }
    }

    private void attend(Batch batch, MemorySegment cache) {
        int pieces = 0;
        for (int run = 0; run < batch.runs; run++) {
            for (int row = batch.firstRow[run]; row < batch.firstRow[run + 1]; row += ROWS) {
                taskRun[pieces] = run;
                taskRow[pieces++] = row;
            }
        }
        compute.forTasks(
                pieces * shape.kvHeads(),
                (task, worker) -> {
                    int piece = task / shape.kvHeads();
                    int run = taskRun[piece];
                    int from = taskRow[piece];
                    int end = batch.firstRow[run + 1];
                    attend(
                            new KvHead(
                                    grouped,
                                    cache,
                                    batch.tables[run].offsets(),
                                    task % shape.kvHeads()),
                            new Piece(from, Math.min(ROWS, end - from)),
                            batch.positions[end - 1],
                            worker);
                });
    }

    private record Piece(int row, int count) {}

    private void attend(KvHead head, Piece piece, int lastPosition, int worker) {
        long bytes = 4L * shape.headSize();
        long group = 4L * head.queryOffset();
        long column = head.index() * bytes;
        MemorySegment in = queries[worker];
        MemorySegment out = results[worker];
        // The last piece of a sequence leaves the queries of an earlier task behind its own; their
        // results are not read.
        for (int i = 0; i < piece.count; i++) {
            MemorySegment row = query.slice(piece.row + i, piece.row + i + 1);
            MemorySegment.copy(row, column, in, group + i * bytes, bytes);
        }
        compute.kernels.attention(
                head, new QueryRows(in, ROWS * query.stride(), 1, lastPosition), out);
        for (int i = 0; i < piece.count; i++) {
            MemorySegment row = headRows.slice(piece.row + i, piece.row + i + 1);
            MemorySegment.copy(out, group + i * bytes, row, column, bytes);
        }
    }
}

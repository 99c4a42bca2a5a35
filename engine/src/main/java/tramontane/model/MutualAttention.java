package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.KvHead;
import tramontane.kernel.QueryRows;

/**
 * Attention of rows that all see the same positions, with as many query heads as KV heads.
 *
 * <p>The kernels know queries that see what is before them, and query heads that share a KV head.
 * So sixteen rows become sixteen query heads of one row at the last position: they see everything,
 * and the keys and values are read once for all of them. Each query head is computed by itself, so
 * which rows come together changes no bit.
 *
 * <pre>
 * rows                      [row][head][size]
 * a task, for one KV head   [16 rows][size]      as the query heads of that KV head
 * </pre>
 */
final class MutualAttention {
    /** Rows of a task; the vector kernels and the emitted ones compute as many at a time. */
    static final int ROWS = 16;

    private final Compute compute;
    private final AttentionShape shape;
    private final AttentionShape grouped;

    /** The queries of a worker's task, and its results. */
    private final MemorySegment[] queries;

    private final MemorySegment[] results;

    MutualAttention(AttentionShape shape, Compute compute, SegmentAllocator memory) {
        this.compute = compute;
        this.shape = shape;
        grouped =
                new AttentionShape(
                        ROWS * shape.kvHeads(),
                        shape.kvHeads(),
                        shape.headSize(),
                        shape.scale(),
                        0);
        queries = new MemorySegment[compute.threads()];
        results = new MemorySegment[compute.threads()];
        long bytes = taskBytes(shape);
        for (int worker = 0; worker < compute.threads(); worker++) {
            queries[worker] = memory.allocate(bytes, 64);
            results[worker] = memory.allocate(bytes, 64);
        }
    }

    private static long taskBytes(AttentionShape shape) {
        return 4L * ROWS * shape.kvHeads() * shape.headSize();
    }

    /** Bytes that an attention of this size allocates. */
    static long bufferBytes(AttentionShape shape, int threads) {
        return 2 * taskBytes(shape) * threads;
    }

    /**
     * The keys and values that all rows see.
     *
     * @param offsets of the tiles in the cache
     * @param lastPosition of the last key
     */
    record Keys(MemorySegment cache, long[] offsets, int lastPosition) {}

    /** The first {@code count} rows, at most {@link #ROWS}, of a task. */
    record Piece(int head, int count, Fp32Rows query, Fp32Rows out) {}

    /** Writes one head of the piece's rows to its output. */
    void attend(Keys keys, Piece piece, int worker) {
        KvHead head = new KvHead(grouped, keys.cache, keys.offsets, piece.head);
        long bytes = 4L * shape.headSize();
        long group = 4L * head.queryOffset();
        long column = piece.head * bytes;
        MemorySegment in = queries[worker];
        MemorySegment out = results[worker];
        // A piece with fewer rows leaves the queries of an earlier task behind its own; their
        // results are not read.
        for (int i = 0; i < piece.count; i++) {
            MemorySegment row = piece.query.slice(i, i + 1);
            MemorySegment.copy(row, column, in, group + i * bytes, bytes);
        }
        int stride = grouped.queryHeads() * grouped.headSize();
        compute.kernels.attention(head, new QueryRows(in, stride, 1, keys.lastPosition), out);
        for (int i = 0; i < piece.count; i++) {
            MemorySegment row = piece.out.slice(i, i + 1);
            MemorySegment.copy(out, group + i * bytes, row, column, bytes);
        }
    }
}

package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.KvHead;
import tramontane.kernel.QueryRows;

/**
 * Attention of rows that all see the same positions.
 *
 * <p>The kernels know queries that see what is before them, and query heads that share a KV head.
 * So the query heads of several rows become those of one row at the last position: they see
 * everything, and the keys and values are read once for all of them. Each query head is computed by
 * itself, so which rows come together changes no bit.
 *
 * <pre>
 * rows                      [row][KV head][query heads of a KV head][size]
 * a task, for one KV head   [rows of a task][query heads of a KV head][size]     as its query heads
 * </pre>
 *
 * The heads of rows may be smaller than those of the shape; zeros fill the difference, which change
 * no sum.
 */
final class MutualAttention {
    /** Query heads of a task; the vector kernels and the emitted ones compute as many at a time. */
    private static final int TASK_HEADS = 16;

    private final Compute compute;
    private final AttentionShape shape;
    private final AttentionShape grouped;
    private final int taskRows;
    private final int rowHeadSize;

    /** For each worker, the rows of its task, and its results. */
    private final MemorySegment[] queries;

    private final MemorySegment[] results;

    /**
     * @param rowHeadSize elements of a head in the rows, at most those of the shape
     */
    MutualAttention(
            AttentionShape shape, int rowHeadSize, Compute compute, SegmentAllocator memory) {
        this.compute = compute;
        this.shape = shape;
        this.rowHeadSize = rowHeadSize;
        taskRows = taskRows(shape);
        grouped =
                new AttentionShape(
                        taskRows * shape.queryHeads(),
                        shape.kvHeads(),
                        shape.headSize(),
                        shape.scale(),
                        0);
        queries = new MemorySegment[compute.threads()];
        results = new MemorySegment[compute.threads()];
        long bytes = taskBytes(shape);
        for (int worker = 0; worker < compute.threads(); worker++) {
            queries[worker] = memory.allocate(bytes, 64).fill((byte) 0);
            results[worker] = memory.allocate(bytes, 64);
        }
    }

    /** Rows of a task. */
    static int taskRows(AttentionShape shape) {
        return Math.max(1, TASK_HEADS / shape.groupSize());
    }

    int taskRows() {
        return taskRows;
    }

    private static long taskBytes(AttentionShape shape) {
        return 4L * taskRows(shape) * shape.queryHeads() * shape.headSize();
    }

    /** Bytes that an attention of this size allocates. */
    static long bufferBytes(AttentionShape shape, int threads) {
        return 2 * taskBytes(shape) * threads;
    }

    /**
     * The keys and values that all rows see.
     *
     * @param offsets of the tiles in the cache
     * @param firstPosition of the first key, and {@code lastPosition} of the last
     */
    record Keys(MemorySegment cache, long[] offsets, int firstPosition, int lastPosition) {
        /** All keys up to the last position. */
        Keys(MemorySegment cache, long[] offsets, int lastPosition) {
            this(cache, offsets, 0, lastPosition);
        }

        /** The shape whose last position sees these keys. */
        AttentionShape seenWith(AttentionShape shape) {
            int window = firstPosition == 0 ? 0 : lastPosition - firstPosition + 1;
            return window == shape.window()
                    ? shape
                    : new AttentionShape(
                            shape.queryHeads(),
                            shape.kvHeads(),
                            shape.headSize(),
                            shape.scale(),
                            window);
        }
    }

    /** The first {@code count} rows, at most {@link #taskRows}, of a task. */
    record Piece(int head, int count, Fp32Rows query, Fp32Rows out) {}

    /** Writes one KV head's query heads of the piece's rows to its output. */
    void attend(Keys keys, Piece piece, int worker) {
        KvHead head = new KvHead(keys.seenWith(grouped), keys.cache, keys.offsets, piece.head);
        int heads = shape.groupSize();
        long column = 4L * piece.head * heads * rowHeadSize;
        long task = 4L * head.queryOffset();
        MemorySegment in = queries[worker];
        MemorySegment out = results[worker];
        // A piece with fewer rows leaves the queries of an earlier task behind its own; their
        // results are not read.
        for (int i = 0; i < piece.count; i++) {
            MemorySegment row = piece.query.slice(i, i + 1);
            for (int h = 0; h < heads; h++) {
                MemorySegment.copy(row, column + rowHead(h), in, task + taskHead(i, h), rowHead(1));
            }
        }
        int stride = grouped.queryHeads() * grouped.headSize();
        compute.kernels.attention(head, new QueryRows(in, stride, 1, keys.lastPosition), out);
        for (int i = 0; i < piece.count; i++) {
            MemorySegment row = piece.out.slice(i, i + 1);
            for (int h = 0; h < heads; h++) {
                MemorySegment.copy(
                        out, task + taskHead(i, h), row, column + rowHead(h), rowHead(1));
            }
        }
    }

    private long rowHead(int head) {
        return 4L * head * rowHeadSize;
    }

    private long taskHead(int row, int head) {
        return 4L * (row * shape.groupSize() + head) * shape.headSize();
    }
}

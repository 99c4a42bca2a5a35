package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.KvHead;
import tramontane.kernel.QueryRows;

/** Shares the attention of a step's queries over the cache out to the threads. */
final class AttentionTasks {
    /** Query rows of a task. They share the keys and values that they read. */
    private static final int TASK_ROWS = 16;

    /** Tasks per thread with which the threads finish at nearly the same time. */
    private static final int TASKS_PER_THREAD = 4;

    private final Compute compute;
    private final AttentionSections sections;
    private final int[] taskRow;
    private final int[] taskRun;

    AttentionTasks(Compute compute, int maxRows, SegmentAllocator memory) {
        this.compute = compute;
        sections = new AttentionSections(compute, memory);
        taskRow = new int[maxRows + 1];
        taskRun = new int[maxRows];
    }

    /** Writes the results of all rows of {@code query} to {@code out}. */
    void attend(
            AttentionShape shape, Batch batch, Fp32Rows query, MemorySegment cache, Fp32Rows out) {
        // With fewer tasks, some threads are idle or finish late.
        int enough = TASKS_PER_THREAD * compute.threads();
        boolean deep = batch.lastPosition() >= AttentionShape.SECTION;
        if (!deep
                || batch.rows * shape.kvHeads() >= enough
                || !sections.attend(shape, batch, query, cache, out)) {
            attendByRows(shape, batch, query, cache, out);
        }
    }

    private void attendByRows(
            AttentionShape shape, Batch batch, Fp32Rows query, MemorySegment cache, Fp32Rows out) {
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
                            out.slice(from, to));
                });
    }
}

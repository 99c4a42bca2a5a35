package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.KvHead;
import tramontane.kernel.QueryRows;

/**
 * Attention of a few rows with long contexts, shared by all threads. A task computes one section of
 * one row's context for one KV head.
 *
 * <pre>
 * partials:  row 0: KV head 0: | section | section | ... |
 *                   KV head 1: | section | section | ... |
 *            row 1: ...
 * </pre>
 */
final class AttentionSections {
    /** Partial results of a step. Longer contexts are not shared. */
    private static final int MAX_PARTIALS = 1024;

    private final Compute compute;
    private final SegmentAllocator memory;
    private final int[] taskRun = new int[MAX_PARTIALS];
    private final int[] taskRow = new int[MAX_PARTIALS];
    private final int[] taskHead = new int[MAX_PARTIALS];
    private final int[] taskSection = new int[MAX_PARTIALS];
    private MemorySegment partials = MemorySegment.NULL;

    AttentionSections(Compute compute, SegmentAllocator memory) {
        this.compute = compute;
        this.memory = memory;
    }

    /**
     * Returns false without computing anything if the step needs more than MAX_PARTIALS partial
     * results.
     */
    boolean attend(
            AttentionShape shape, Batch batch, Fp32Rows query, MemorySegment cache, Fp32Rows out) {
        int tasks = 0;
        int run = 0;
        for (int row = 0; row < batch.rows; row++) {
            while (batch.firstRow[run + 1] <= row) {
                run++;
            }
            int first = shape.firstSection(batch.positions[row]);
            int count = AttentionShape.section(batch.positions[row]) + 1 - first;
            if (tasks + count * shape.kvHeads() > MAX_PARTIALS) {
                return false;
            }
            for (int task = 0; task < count * shape.kvHeads(); task++) {
                taskRun[tasks] = run;
                taskRow[tasks] = row;
                taskHead[tasks] = task / count;
                taskSection[tasks++] = first + task % count;
            }
        }
        long bytes = compute.kernels.sectionBytes(shape);
        if (partials.byteSize() < tasks * bytes) {
            partials = memory.allocate(MAX_PARTIALS * bytes, 64);
        }
        compute.forTasks(
                tasks,
                (task, worker) -> {
                    int row = taskRow[task];
                    compute.kernels.attentionSection(
                            new KvHead(
                                    shape,
                                    cache,
                                    batch.tables[taskRun[task]].offsets(),
                                    taskHead[task]),
                            new QueryRows(
                                    query.slice(row, row + 1),
                                    query.stride(),
                                    1,
                                    batch.positions[row]),
                            taskSection[task],
                            partials.asSlice(task * bytes, bytes));
                });
        join(shape, tasks, bytes, out);
        return true;
    }

    private void join(AttentionShape shape, int tasks, long bytes, Fp32Rows out) {
        for (int task = 0; task < tasks; ) {
            int end = task + 1;
            while (end < tasks
                    && taskRow[end] == taskRow[task]
                    && taskHead[end] == taskHead[task]) {
                end++;
            }
            compute.kernels.joinSections(
                    shape,
                    partials.asSlice(task * bytes, (end - task) * bytes),
                    end - task,
                    taskHead[task],
                    out.slice(taskRow[task], taskRow[task] + 1));
            task = end;
        }
    }
}

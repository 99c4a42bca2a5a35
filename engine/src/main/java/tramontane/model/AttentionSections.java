package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import tramontane.kernel.AttentionShape;

/**
 * Attention of a few rows deep in their contexts, shared by all threads: a task is one section of
 * one row's context for one KV head.
 *
 * <pre>
 * partials:  row 0: KV head 0: | section | section | ... |
 *                   KV head 1: | section | section | ... |
 *            row 1: ...
 * </pre>
 */
final class AttentionSections {
    /** What longer contexts would need goes unshared. */
    private static final int MOST_PARTIALS = 1024;

    private final Compute compute;
    private final SegmentAllocator memory;
    private final int[] taskRun = new int[MOST_PARTIALS];
    private final int[] taskRow = new int[MOST_PARTIALS];
    private final int[] taskHead = new int[MOST_PARTIALS];
    private final int[] taskSection = new int[MOST_PARTIALS];
    private MemorySegment partials = MemorySegment.NULL;

    AttentionSections(Compute compute, SegmentAllocator memory) {
        this.compute = compute;
        this.memory = memory;
    }

    /** False, and nothing done, where there are more sections than room. */
    boolean attend(
            AttentionShape shape,
            Batch batch,
            MemorySegment query,
            int stride,
            MemorySegment cache,
            MemorySegment out) {
        int tasks = 0;
        int run = 0;
        for (int row = 0; row < batch.rows; row++) {
            while (batch.firstRow[run + 1] <= row) {
                run++;
            }
            int first = shape.firstSection(batch.positions[row]);
            int count = AttentionShape.section(batch.positions[row]) + 1 - first;
            if (tasks + count * shape.kvHeads() > MOST_PARTIALS) {
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
            partials = memory.allocate(MOST_PARTIALS * bytes, 64);
        }
        compute.forTasks(
                tasks,
                (task, worker) -> {
                    int row = taskRow[task];
                    compute.kernels.attentionSection(
                            shape,
                            query.asSlice(4L * row * stride, 4L * stride),
                            batch.positions[row],
                            cache,
                            batch.tables[taskRun[task]].offsets(),
                            taskHead[task],
                            taskSection[task],
                            partials.asSlice(task * bytes, bytes));
                });
        join(shape, tasks, bytes, stride, out);
        return true;
    }

    private void join(AttentionShape shape, int tasks, long bytes, int stride, MemorySegment out) {
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
                    out.asSlice(4L * taskRow[task] * stride, 4L * stride));
            task = end;
        }
    }
}

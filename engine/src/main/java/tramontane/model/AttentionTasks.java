package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Optional;
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
    private final SegmentAllocator memory;
    private final AttentionSections sections;
    private final int[] taskRow;
    private final int[] taskRun;

    /** For rows of pictures; empty until a step has some. */
    private Optional<MutualAttention> mutual = Optional.empty();

    AttentionTasks(Compute compute, int maxRows, SegmentAllocator memory) {
        this.compute = compute;
        this.memory = memory;
        sections = new AttentionSections(compute, memory);
        taskRow = new int[maxRows + 1];
        taskRun = new int[maxRows];
    }

    /**
     * @param query rows of the batch
     * @param out receives their results
     */
    private record Call(
            AttentionShape shape, Batch batch, Fp32Rows query, MemorySegment cache, Fp32Rows out) {
        /** The first position that a row sees. */
        int first(int row) {
            return shape.firstVisible(batch.positions[row]);
        }
    }

    /** Writes the results of all rows of {@code query} to {@code out}. */
    void attend(
            AttentionShape shape, Batch batch, Fp32Rows query, MemorySegment cache, Fp32Rows out) {
        Call call = new Call(shape, batch, query, cache, out);
        if (batch.looksAhead) {
            attendWithPictures(call);
            return;
        }
        // With fewer tasks, some threads are idle or finish late.
        int enough = TASKS_PER_THREAD * compute.threads();
        boolean deep = batch.lastPosition() >= AttentionShape.SECTION;
        if (!deep
                || batch.rows * shape.kvHeads() >= enough
                || !sections.attend(shape, batch, query, cache, out)) {
            attendByRows(call);
        }
    }

    private void attendByRows(Call call) {
        Batch batch = call.batch;
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
                pieces * call.shape.kvHeads(),
                (task, worker) -> {
                    int piece = last - task / call.shape.kvHeads();
                    attendInOrder(call, piece, task % call.shape.kvHeads());
                });
    }

    /** Rows that see what is before them. */
    private void attendInOrder(Call call, int piece, int head) {
        Batch batch = call.batch;
        int from = taskRow[piece];
        int to = taskRow[piece + 1];
        compute.kernels.attention(
                new KvHead(call.shape, call.cache, batch.tables[taskRun[piece]].offsets(), head),
                new QueryRows(
                        call.query.slice(from, to),
                        call.query.stride(),
                        to - from,
                        batch.positions[from]),
                call.out.slice(from, to));
    }

    /** A piece has rows that see what is before them, or rows that all see the same positions. */
    private void attendWithPictures(Call call) {
        AttentionShape shape = call.shape;
        Batch batch = call.batch;
        MutualAttention attention =
                mutual.orElseGet(
                        () -> new MutualAttention(shape, shape.headSize(), compute, memory));
        mutual = Optional.of(attention);
        int pieces = 0;
        for (int run = 0; run < batch.runs; run++) {
            int end = batch.firstRow[run + 1];
            for (int row = batch.firstRow[run]; row < end; row = pieceEnd(call, row, end)) {
                taskRun[pieces] = run;
                taskRow[pieces++] = row;
            }
        }
        taskRow[pieces] = batch.rows;
        int last = pieces - 1;
        compute.forTasks(
                pieces * shape.kvHeads(),
                (task, worker) -> {
                    int piece = last - task / shape.kvHeads();
                    int head = task % shape.kvHeads();
                    if (batch.looksAhead(taskRow[piece])) {
                        attendTogether(call, attention, piece, head, worker);
                    } else {
                        attendInOrder(call, piece, head);
                    }
                });
    }

    /** Rows that all see the same positions. */
    private void attendTogether(
            Call call, MutualAttention attention, int piece, int head, int worker) {
        int from = taskRow[piece];
        int to = taskRow[piece + 1];
        var keys =
                new MutualAttention.Keys(
                        call.cache,
                        call.batch.tables[taskRun[piece]].offsets(),
                        call.first(from),
                        call.batch.lastSeen[from]);
        if (to - from > 1) {
            Fp32Rows query = call.query.rows(from, to);
            Fp32Rows out = call.out.rows(from, to);
            attention.attend(keys, new MutualAttention.Piece(head, to - from, query, out), worker);
        } else {
            // In a layer with a window, each row far from the beginning sees other positions.
            compute.kernels.attention(
                    new KvHead(keys.seenWith(call.shape), call.cache, keys.offsets(), head),
                    new QueryRows(
                            call.query.slice(from, to),
                            call.query.stride(),
                            1,
                            keys.lastPosition()),
                    call.out.slice(from, to));
        }
    }

    private int pieceEnd(Call call, int row, int runEnd) {
        Batch batch = call.batch;
        boolean picture = batch.looksAhead(row);
        int rows = picture ? MutualAttention.taskRows(call.shape) : TASK_ROWS;
        int end = row + 1;
        while (end < runEnd
                && end < row + rows
                && batch.looksAhead(end) == picture
                && (!picture
                        || batch.lastSeen[end] == batch.lastSeen[row]
                                && call.first(end) == call.first(row))) {
            end++;
        }
        return end;
    }
}

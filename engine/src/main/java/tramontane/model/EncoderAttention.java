package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import tramontane.kernel.Activations;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Fp32Rows;

/** Attention in which every token of a sequence sees all of them. */
final class EncoderAttention {
    private final Compute compute;
    private final AttentionShape shape;
    private final Fp32Rows query;
    private final Fp32Rows key;
    private final Fp32Rows value;
    private final Activations heads;
    private final Fp32Rows headRows;

    private final MutualAttention mutual;
    private final int[] taskRow;
    private final int[] taskRun;

    EncoderAttention(EncoderConfig config, Compute compute, int maxRows, SegmentAllocator memory) {
        this.compute = compute;
        shape = config.attention();
        mutual = new MutualAttention(shape, shape.headSize(), compute, memory);
        int width = config.width();
        query = new Fp32Rows(memory.allocate(4L * maxRows * width, 64), width);
        key = new Fp32Rows(memory.allocate(4L * maxRows * width, 64), width);
        value = new Fp32Rows(memory.allocate(4L * maxRows * width, 64), width);
        heads = new Activations(maxRows, width, compute.kernels.tileRows(), memory);
        headRows = new Fp32Rows(heads.values(), width);
        taskRow = new int[maxRows + 1];
        taskRun = new int[maxRows];
    }

    /** Bytes that an attention of this size allocates. */
    static long bufferBytes(EncoderConfig config, int maxRows, int threads) {
        return 4L * config.width() * 3L * maxRows
                + MutualAttention.bufferBytes(config.attention(), threads)
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
            for (int row = batch.firstRow[run];
                    row < batch.firstRow[run + 1];
                    row += mutual.taskRows()) {
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
                    int count = Math.min(mutual.taskRows(), end - from);
                    mutual.attend(
                            new MutualAttention.Keys(
                                    cache, batch.tables[run].offsets(), batch.positions[end - 1]),
                            new MutualAttention.Piece(
                                    task % shape.kvHeads(),
                                    count,
                                    query.rows(from, from + count),
                                    headRows.rows(from, from + count)),
                            worker);
                });
    }
}

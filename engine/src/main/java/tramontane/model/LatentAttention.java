package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.List;
import tramontane.kernel.Activations;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.Kernels;
import tramontane.kernel.RmsNorm;
import tramontane.kernel.RopeShape;

/**
 * Multi-head latent attention (DeepSeek-V2): the keys and values of all heads are products of one
 * small row per token, and that row is what the cache holds.
 *
 * <pre>
 * query head h  = [plain | rotated]                        of q(x), or of q_b(norm(q_a(x)))
 * latent        = [norm(latent) | rotated]                 of kv_a(x); cached as key and as value
 * query'        = [key_b[h] * plain | rotated]             as long as the cached row
 * attended      = softmax(query' . cached) * cached        one KV head for all query heads
 * out           = output * (value_b[h] * attended's latent part, for all heads)
 * </pre>
 *
 * This is the absorbed form: instead of the keys, the queries are multiplied. It is used for
 * prompts, too, though expanded keys would take fewer operations there: the two forms round
 * differently, and a token's bits must not depend on how many others its step computes.
 */
final class LatentAttention {
    /** How queries are computed. */
    sealed interface Query {
        record Direct(Linear matrix) implements Query {}

        /** By way of a smaller row. */
        record ByRank(Linear down, RmsNorm norm, Linear up) implements Query {}
    }

    /**
     * @param latent the latent row and the rotated part of the key
     * @param keys a matrix for each head, from the plain part of a query to a latent row
     * @param values a matrix for each head, from a latent row to a value
     */
    record Layer(
            Query query,
            Linear latent,
            RmsNorm latentNorm,
            List<Linear> keys,
            List<Linear> values,
            Linear output)
            implements AttentionLayer {}

    private final ModelConfig config;
    private final LatentConfig sizes;
    private final Compute compute;
    private final int maxRows;
    private final AttentionShape shape;
    private final RopeTable rope;
    private final RopeShape ropeShape;
    private final Activations queryLatent;
    private final Fp32Rows query;
    private final Fp32Rows latent;

    /** The plain parts of query heads: all rows of head 0, all rows of head 1, ... */
    private final Activations plain;

    private final Fp32Rows absorbed;
    private final Fp32Rows attended;

    /** The latent parts of what heads attended to, in the order of {@link #plain}. */
    private final Activations results;

    private final Activations heads;
    private final AttentionTasks tasks;

    LatentAttention(
            ModelConfig config,
            LatentConfig sizes,
            Compute compute,
            DecoderLayers.Extent extent,
            SegmentAllocator memory) {
        this.config = config;
        this.sizes = sizes;
        this.compute = compute;
        maxRows = extent.maxRows();
        shape = config.attention().global();
        int count = shape.queryHeads();
        int tileRows = compute.kernels.tileRows();
        rope = new RopeTable(config.attention().rope(), extent.context(), memory);
        ropeShape =
                new RopeShape(sizes.rotated(), sizes.rotated(), config.architecture().neoxRope());
        queryLatent = new Activations(maxRows, queryRank(sizes), tileRows, memory);
        query = rows(count * sizes.head(), memory);
        latent = rows(sizes.cached(), memory);
        plain = new Activations(maxRows * count, sizes.plain(), tileRows, memory);
        absorbed = rows(count * sizes.cached(), memory);
        attended = rows(count * sizes.cached(), memory);
        results = new Activations(maxRows * count, sizes.rank(), tileRows, memory);
        heads = new Activations(maxRows, count * sizes.value(), tileRows, memory);
        tasks = new AttentionTasks(compute, maxRows, memory);
    }

    private static int queryRank(LatentConfig sizes) {
        return Math.max(32, sizes.queryRank());
    }

    private Fp32Rows rows(int stride, SegmentAllocator memory) {
        return new Fp32Rows(memory.allocate(4L * maxRows * stride, 64), stride);
    }

    /** Bytes that an attention of this size allocates. */
    static long bufferBytes(ModelConfig config, LatentConfig sizes, int context, int maxRows) {
        int count = config.attention().global().queryHeads();
        int floats = count * (sizes.head() + 2 * sizes.cached()) + sizes.cached();
        return RopeTable.bytes(config.attention().rope(), context)
                + Activations.bytes(maxRows, queryRank(sizes))
                + 4L * maxRows * floats
                + Activations.bytes(maxRows * count, sizes.plain())
                + Activations.bytes(maxRows * count, sizes.rank())
                + Activations.bytes(maxRows, count * sizes.value());
    }

    /** Extends the rope table to the positions of a batch. */
    void prepare(Batch batch) {
        rope.fill(batch.lastPosition() + 1);
    }

    /**
     * Computes the input of the output matrix for all rows of {@code in}, and writes their latent
     * rows to {@code cache}.
     */
    Activations heads(Layer layer, Batch batch, Activations in, MemorySegment cache) {
        multiplyQuery(layer, in);
        plain.rows(batch.rows * shape.queryHeads());
        results.rows(batch.rows * shape.queryHeads());
        heads.rows(batch.rows);
        compute.forRows(batch.rows, (from, to) -> rotateAndStore(layer, batch, cache, from, to));
        absorb(layer, batch.rows);
        tasks.attend(shape, batch, absorbed, cache, attended);
        multiplyValues(layer, batch.rows);
        if (layer.output.isQuantized()) {
            compute.forRows(batch.rows, (from, to) -> compute.kernels.quantize(heads, from, to));
        }
        return heads;
    }

    private void multiplyQuery(Layer layer, Activations in) {
        var ofLatent = new Compute.Product(layer.latent, in, latent);
        switch (layer.query) {
            case Query.Direct direct ->
                    compute.multiply(new Compute.Product(direct.matrix, in, query), ofLatent);
            case Query.ByRank ranked -> {
                Fp32Rows small = new Fp32Rows(queryLatent.values(), queryLatent.stride());
                compute.multiply(new Compute.Product(ranked.down, in, small), ofLatent);
                queryLatent.rows(in.rows());
                compute.forRows(
                        in.rows(),
                        (from, to) -> {
                            MemorySegment part = small.slice(from, to);
                            compute.kernels.rmsNorm(
                                    ranked.norm, part, part, small.stride(), to - from);
                            compute.kernels.quantize(queryLatent, from, to);
                        });
                compute.multiply(new Compute.Product(ranked.up, queryLatent, query));
            }
        }
    }

    private void rotateAndStore(Layer layer, Batch batch, MemorySegment cache, int from, int to) {
        Kernels kernels = compute.kernels;
        MemorySegment rows = latent.slice(from, to);
        kernels.rmsNorm(layer.latentNorm, rows, rows, latent.stride(), to - from);
        int run = 0;
        for (int row = from; row < to; row++) {
            while (batch.firstRow[run + 1] <= row) {
                run++;
            }
            int position = batch.positions[row];
            MemorySegment angles = rope.row(position);
            MemorySegment key = latent.slice(row, row + 1);
            kernels.rope(ropeShape, key.asSlice(4L * sizes.rank()), 1, angles);
            MemorySegment q = query.slice(row, row + 1);
            float temperature = config.attention().temperature(position);
            if (temperature != 1) {
                kernels.scale(q, temperature, query.stride());
            }
            for (int head = 0; head < shape.queryHeads(); head++) {
                splitQuery(q.asSlice(4L * head * sizes.head()), row, head, batch.rows, angles);
            }
            long offset = batch.tables[run].offsets()[position / AttentionShape.TILE];
            MemorySegment tile = cache.asSlice(offset, shape.tileBytes());
            kernels.storeKeyValue(shape, key, key, tile, position % AttentionShape.TILE);
        }
    }

    /** Copies the plain part to the rows of its head, and the rotated part behind its product. */
    private void splitQuery(
            MemorySegment head, int row, int index, int rows, MemorySegment angles) {
        long plainBytes = 4L * sizes.plain();
        long at = 4L * ((long) index * rows + row) * plain.stride();
        MemorySegment.copy(head, 0, plain.values(), at, plainBytes);
        MemorySegment rotated = head.asSlice(plainBytes, 4L * sizes.rotated());
        compute.kernels.rope(ropeShape, rotated, 1, angles);
        long target = 4L * ((long) row * absorbed.stride() + index * sizes.cached() + sizes.rank());
        MemorySegment.copy(rotated, 0, absorbed.values(), target, 4L * sizes.rotated());
    }

    private void absorb(Layer layer, int rows) {
        quantize(plain, layer.keys);
        multiplyHeads(layer.keys, plain, absorbed, sizes.cached(), rows);
    }

    private void multiplyValues(Layer layer, int rows) {
        compute.forRows(
                rows,
                (from, to) -> {
                    for (int row = from; row < to; row++) {
                        for (int head = 0; head < shape.queryHeads(); head++) {
                            MemorySegment.copy(
                                    attended.values(),
                                    4L * ((long) row * attended.stride() + head * sizes.cached()),
                                    results.values(),
                                    4L * ((long) head * rows + row) * results.stride(),
                                    4L * sizes.rank());
                        }
                    }
                });
        quantize(results, layer.values);
        Fp32Rows joined = new Fp32Rows(heads.values(), heads.stride());
        multiplyHeads(layer.values, results, joined, sizes.value(), rows);
    }

    /** The int8 form of each head's rows, if some matrix needs it. */
    private void quantize(Activations a, List<Linear> matrices) {
        if (matrices.getFirst().isQuantized()) {
            int rows = a.rows() / matrices.size();
            compute.forTasks(
                    matrices.size(),
                    (head, worker) ->
                            compute.kernels.quantize(
                                    a.slice(head * rows, (head + 1) * rows), 0, rows));
        }
    }

    /** Multiplies each head's rows; its results are {@code step} elements apart in a row. */
    private void multiplyHeads(
            List<Linear> matrices, Activations in, Fp32Rows out, int step, int rows) {
        var products = new Compute.Product[matrices.size()];
        for (int head = 0; head < products.length; head++) {
            MemorySegment own = out.values().asSlice(4L * head * step);
            products[head] =
                    new Compute.Product(
                            matrices.get(head),
                            in.slice(head * rows, (head + 1) * rows),
                            new Fp32Rows(own, out.stride()));
        }
        compute.multiply(products);
    }
}

package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import tramontane.kernel.Activations;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.RmsNorm;
import tramontane.kernel.RowDecoder;
import tramontane.tensor.Tensor;

/**
 * Turns a picture into rows that a text model reads.
 *
 * <pre>
 * x [patches][width]   = norm(patches * pixels)      (SigLIP: patches * pixels + bias + row of the position)
 * for each layer:  x += attention(norm(x))        every patch sees all patches
 *                  x += feedForward(norm(x))
 * rows                 = projector(x)
 * </pre>
 *
 * A layer runs over the patches in chunks, first for the keys and values of all, then for the rest.
 * So the buffers of a large picture stay small, and no bit depends on the chunks. Only one thread
 * at a time may use it.
 */
public final class PatchEncoder {
    /** Patches of a chunk: enough rows to read weights at the speed of arithmetic. */
    private static final int CHUNK = 512;

    private final PatchEncoderConfig config;
    private final PatchEncoderWeights weights;
    private final Compute compute;
    private final AttentionShape shape;
    private final int width;
    private final PatchPixels pixels;
    private final Optional<PatchPositions> positions;
    private final MutualAttention attention;

    /** Computes attention instead, if all layers have weights of bf16. */
    private final PatchAttention roundedAttention;

    private final boolean isRounded;
    private final FusedProducts products;
    private final PatchFeedForward feedForward;
    private final PatchProjector projector;

    // Of all patches.
    private final Fp32Rows x;
    private final Fp32Rows query;
    private final MemorySegment cache;
    private final long[] tileOffsets;

    // Of a chunk.
    private final Activations normed;
    private final Activations heads;
    private final Fp32Rows key;
    private final Fp32Rows value;

    /** Keys and values with widened heads, if the heads must be widened. */
    private final Fp32Rows wideKey;

    private final Fp32Rows wideValue;

    public PatchEncoder(
            PatchEncoderConfig config, PatchEncoderWeights weights, HiddenRows.Parts parts) {
        this.config = config;
        this.weights = weights;
        compute = new Compute(parts.kernels(), parts.workers());
        shape = config.layers().attention();
        width = config.layers().width();
        SegmentAllocator memory = parts.memory();
        int tileRows = parts.kernels().tileRows();
        int patches = config.picture().maxPatches();
        int chunk = chunk(config);
        pixels = new PatchPixels(config.picture(), chunk, tileRows, memory);
        positions =
                rotates(config)
                        ? Optional.of(new PatchPositions(config, memory))
                        : Optional.empty();
        attention = new MutualAttention(shape, config.layers().headSize(), compute, memory);
        roundedAttention = new PatchAttention(config, compute, memory);
        isRounded = PatchAttention.suits(weights);
        products = new FusedProducts(compute, chunk, 2);
        feedForward = new PatchFeedForward(config, products, chunk, memory);
        projector = PatchProjector.of(config, weights.projector(), compute, memory);
        x = new Fp32Rows(memory.allocate(4L * patches * width, 64), width);
        query = rows(patches, memory);
        cache = memory.allocate(cacheBytes(config), 64);
        tileOffsets = new long[tiles(patches)];
        for (int tile = 0; tile < tileOffsets.length; tile++) {
            tileOffsets[tile] = (long) tile * shape.tileBytes();
        }
        normed = Activations.withRounded(chunk, width, tileRows, memory);
        heads = Activations.withRounded(chunk, width, tileRows, memory);
        key = rows(chunk, memory);
        value = rows(chunk, memory);
        wideKey = config.layers().widened() ? wide(chunk, memory) : key;
        wideValue = config.layers().widened() ? wide(chunk, memory) : value;
    }

    private Fp32Rows rows(int count, SegmentAllocator memory) {
        int stride = rowStride(config);
        return new Fp32Rows(memory.allocate(4L * count * stride, 64), stride);
    }

    /**
     * A line more than the width: rows that are a power of two apart share few lines of a cache,
     * and a product writes some columns of many rows.
     */
    private static int rowStride(PatchEncoderConfig config) {
        return config.layers().width() + PackedMatrix.GROUP_ROWS;
    }

    /** Rows of zeros. */
    private Fp32Rows wide(int rows, SegmentAllocator memory) {
        int columns = config.layers().headsWidth();
        return new Fp32Rows(memory.allocate(4L * rows * columns, 64).fill((byte) 0), columns);
    }

    private static boolean rotates(PatchEncoderConfig config) {
        return config.kind() == PatchEncoderConfig.Kind.PIXTRAL;
    }

    /** Bytes that an encoder allocates, known before its weights are loaded. */
    public static long bufferBytes(PatchEncoderConfig config, int threads) {
        long width = config.layers().width();
        int patches = config.picture().maxPatches();
        int chunk = chunk(config);
        return 4L * patches * (width + rowStride(config))
                + cacheBytes(config)
                + PatchPixels.bytes(config.picture(), chunk)
                + (rotates(config) ? PatchPositions.bytes(config) : 0)
                + MutualAttention.bufferBytes(config.layers().attention(), threads)
                + PatchAttention.bufferBytes(config, threads)
                + PatchFeedForward.bufferBytes(config, chunk)
                + PatchProjector.bufferBytes(config)
                + 2 * Activations.bytesWithRounded(chunk, (int) width)
                + 8L * chunk * rowStride(config)
                + (config.layers().widened() ? 8L * chunk * config.layers().headsWidth() : 0);
    }

    private static int chunk(PatchEncoderConfig config) {
        return Math.min(CHUNK, config.picture().maxPatches());
    }

    private static int tiles(int patches) {
        return Math.ceilDiv(patches, AttentionShape.TILE);
    }

    private static long cacheBytes(PatchEncoderConfig config) {
        return (long) tiles(config.picture().maxPatches())
                * config.layers().attention().tileBytes();
    }

    /**
     * Encodes a picture whose sides are multiples of the unit, and at most the maximum.
     *
     * @param rgb three bytes for each pixel
     * @param abandon called before each chunk; if it returns true, the encoding ends and this
     *     method returns an empty array
     * @return row after row
     */
    public float[] encode(
            byte[] rgb, int pictureWidth, int pictureHeight, BooleanSupplier abandon) {
        int columns = pictureWidth / config.picture().patch();
        int patches = columns * (pictureHeight / config.picture().patch());
        positions.ifPresent(each -> each.fill(patches, columns));
        if (isRounded) {
            roundedAttention.start(patches);
        }
        for (int from = 0; from < patches; from += CHUNK) {
            embed(rgb, pictureWidth, from, Math.min(patches, from + CHUNK));
        }
        for (PatchEncoderWeights.Layer layer : weights.layers()) {
            for (int from = 0; from < patches; from += CHUNK) {
                if (abandon.getAsBoolean()) {
                    return new float[0];
                }
                storeKeys(layer, patches, from, Math.min(patches, from + CHUNK));
            }
            for (int from = 0; from < patches; from += CHUNK) {
                if (abandon.getAsBoolean()) {
                    return new float[0];
                }
                int to = Math.min(patches, from + CHUNK);
                attend(layer, patches, from, to);
                norm(layer.feedForwardNorm(), from, to, layer.feedForward().readers());
                Activations hidden = feedForward.hidden(layer.feedForward(), normed);
                products.add(hidden, layer.feedForward().down(), x.rows(from, to));
            }
        }
        return projector.project(x, columns, patches / columns);
    }

    private void embed(byte[] rgb, int pictureWidth, int from, int to) {
        Activations values = pixels.values();
        values.rows(to - from);
        compute.forRows(
                to - from,
                (first, end) -> {
                    pixels.fill(rgb, pictureWidth, from + first, from + end, from);
                    compute.convert(values, first, end, weights.patches());
                });
        Fp32Rows out = x.rows(from, to);
        compute.multiply(new Compute.Product(weights.patches(), values, out));
        compute.forRows(
                to - from,
                (first, end) -> {
                    switch (weights.start()) {
                        case PatchEncoderWeights.Start.Normed(RmsNorm norm) -> {
                            MemorySegment rows = out.slice(first, end);
                            compute.kernels.rmsNorm(norm, rows, rows, width, end - first);
                        }
                        case PatchEncoderWeights.Start.Positioned(Tensor rows) -> {
                            for (int row = first; row < end; row++) {
                                MemorySegment position = key.slice(row, row + 1);
                                RowDecoder.dequantizeRow(rows, from + row, position);
                                compute.kernels.add(out.slice(row, row + 1), position, width);
                            }
                        }
                    }
                });
    }

    /** Computes the queries of a chunk, and stores its keys and values. */
    private void storeKeys(PatchEncoderWeights.Layer layer, int patches, int from, int to) {
        norm(layer.attentionNorm(), from, to, layer.query(), layer.key(), layer.value());
        Fp32Rows queries = query.rows(from, to);
        compute.multiply(
                new Compute.Product(layer.query(), normed, queries),
                new Compute.Product(layer.key(), normed, key),
                new Compute.Product(layer.value(), normed, value));
        compute.forRows(
                to - from,
                (first, end) -> {
                    for (int row = first; row < end; row++) {
                        int patch = from + row;
                        MemorySegment q = queries.slice(row, row + 1);
                        MemorySegment k = key.slice(row, row + 1);
                        positions.ifPresent(each -> each.rotate(compute.kernels, patch, q, k));
                        if (isRounded) {
                            MemorySegment v = value.slice(row, row + 1);
                            roundedAttention.store(k, v, patch, patches);
                            continue;
                        }
                        if (config.layers().widened()) {
                            widen(k, wideKey.slice(row, row + 1));
                            widen(value.slice(row, row + 1), wideValue.slice(row, row + 1));
                        }
                        long offset = tileOffsets[patch / AttentionShape.TILE];
                        compute.kernels.storeKeyValue(
                                shape,
                                wideKey.slice(row, row + 1),
                                wideValue.slice(row, row + 1),
                                cache.asSlice(offset, shape.tileBytes()),
                                patch % AttentionShape.TILE);
                    }
                });
    }

    /** Copies heads to where those of the shape begin. */
    private void widen(MemorySegment row, MemorySegment wide) {
        long bytes = 4L * config.layers().headSize();
        for (int head = 0; head < shape.kvHeads(); head++) {
            MemorySegment.copy(row, head * bytes, wide, 4L * head * shape.headSize(), bytes);
        }
    }

    private void attend(PatchEncoderWeights.Layer layer, int patches, int from, int to) {
        int rows = to - from;
        heads.rows(rows);
        int taskRows = isRounded ? PatchAttention.TASK_ROWS : attention.taskRows();
        int pieces = Math.ceilDiv(rows, taskRows);
        var keys = new MutualAttention.Keys(cache, tileOffsets, patches - 1);
        // Head after head, so that the keys and values of one stay in the second-level cache.
        compute.forTasks(
                pieces * shape.kvHeads(),
                (task, worker) -> {
                    int first = task % pieces * taskRows;
                    int end = Math.min(rows, first + taskRows);
                    MutualAttention.Piece piece =
                            new MutualAttention.Piece(
                                    task / pieces,
                                    end - first,
                                    query.rows(from + first, from + end),
                                    heads.fp32().rows(first, end));
                    if (isRounded) {
                        roundedAttention.attend(piece, patches, worker);
                    } else {
                        attention.attend(keys, piece, worker);
                    }
                });
        compute.forRows(rows, (first, end) -> compute.convert(heads, first, end, layer.output()));
        products.add(heads, layer.output(), x.rows(from, to));
    }

    private void norm(RowNorm norm, int from, int to, Linear... readers) {
        normed.rows(to - from);
        compute.forRows(
                to - from,
                (first, end) -> {
                    norm.apply(
                            compute.kernels,
                            x.slice(from + first, from + end),
                            normed.fp32().slice(first, end),
                            end - first);
                    compute.convert(normed, first, end, readers);
                });
    }
}

package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import tramontane.gguf.GgufFile;
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
    private final MixedPatches attention;
    private final FusedProducts products;
    private final PatchFeedForward feedForward;
    private final PatchProjector projector;

    // Of all patches.
    private final Fp32Rows x;
    private final Fp32Rows query;

    // Of a chunk.
    private final Activations normed;
    private final Activations heads;
    private final Fp32Rows key;
    private final Fp32Rows value;

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
        attention =
                PatchAttention.suits(weights)
                        ? new PatchAttention(config, compute, memory)
                        : new CachedPatches(config, chunk, compute, memory);
        products = new FusedProducts(compute, chunk, 2);
        feedForward = new PatchFeedForward(config, products, chunk, memory);
        projector = PatchProjector.of(config, weights.projector(), compute, memory);
        x = new Fp32Rows(memory.allocate(4L * patches * width, 64), width);
        query = rows(patches, memory);
        normed = Activations.withRounded(chunk, width, tileRows, memory);
        heads = Activations.withRounded(chunk, width, tileRows, memory);
        key = rows(chunk, memory);
        value = rows(chunk, memory);
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

    private static boolean rotates(PatchEncoderConfig config) {
        return config.kind() == PatchEncoderConfig.Kind.PIXTRAL;
    }

    /**
     * Bytes that an encoder allocates, known before its weights are loaded. Whether weights of F16
     * are bf16 numbers is not known then, so for these it is what the larger attention takes.
     */
    public static long bufferBytes(GgufFile file, int threads) {
        PatchEncoderConfig config = PatchEncoderConfig.of(file);
        long rounded = PatchAttention.bufferBytes(config, threads);
        long cached = CachedPatches.bufferBytes(config, chunk(config), threads);
        return bufferBytes(config)
                + switch (PatchEncoderWeights.rounding(file)) {
                    case ALL -> rounded;
                    case NOT_ALL -> cached;
                    case UNKNOWN -> Math.max(rounded, cached);
                };
    }

    /** Bytes of all buffers but those of attention. */
    private static long bufferBytes(PatchEncoderConfig config) {
        long width = config.layers().width();
        int patches = config.picture().maxPatches();
        int chunk = chunk(config);
        return 4L * patches * (width + rowStride(config))
                + PatchPixels.bytes(config.picture(), chunk)
                + (rotates(config) ? PatchPositions.bytes(config) : 0)
                + PatchFeedForward.bufferBytes(config, chunk)
                + PatchProjector.bufferBytes(config)
                + 2 * Activations.bytesWithRounded(chunk, (int) width)
                + 8L * chunk * rowStride(config);
    }

    private static int chunk(PatchEncoderConfig config) {
        return Math.min(CHUNK, config.picture().maxPatches());
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
        attention.start(patches);
        for (int from = 0; from < patches; from += CHUNK) {
            embed(rgb, pictureWidth, from, Math.min(patches, from + CHUNK));
        }
        for (PatchEncoderWeights.Layer layer : weights.layers()) {
            for (int from = 0; from < patches; from += CHUNK) {
                if (abandon.getAsBoolean()) {
                    return new float[0];
                }
                storeKeys(layer, from, Math.min(patches, from + CHUNK));
            }
            for (int from = 0; from < patches; from += CHUNK) {
                if (abandon.getAsBoolean()) {
                    return new float[0];
                }
                int to = Math.min(patches, from + CHUNK);
                attend(layer, from, to);
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
    private void storeKeys(PatchEncoderWeights.Layer layer, int from, int to) {
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
                    }
                    attention.store(key, value, from, first, end);
                });
    }

    private void attend(PatchEncoderWeights.Layer layer, int from, int to) {
        int rows = to - from;
        heads.rows(rows);
        int taskRows = attention.taskRows();
        int pieces = Math.ceilDiv(rows, taskRows);
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
                    attention.attend(piece, worker);
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

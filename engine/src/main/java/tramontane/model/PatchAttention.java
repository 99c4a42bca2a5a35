package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import tramontane.kernel.Activations;
import tramontane.kernel.Bfloat16;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.Kernels;
import tramontane.kernel.PackedMatrix;
import tramontane.tensor.DType;

/**
 * Attention of patches that all see each other, as products of bf16.
 *
 * <pre>
 * for each head, for some queries:
 *   scores  = queries * keys           keys: a matrix with a row for each patch
 *   powers  = exp(scale * scores - maximum), and their sum
 *   out     = powers * values / sum    values: a matrix with a column for each patch
 * </pre>
 *
 * Queries, keys, values and powers are rounded to bf16. A row of scores is computed as a whole, so
 * no bit depends on which queries come together.
 */
final class PatchAttention implements MixedPatches {
    /** Queries of a task: their scores stay in the second-level cache, as do some keys. */
    private static final int TASK_ROWS = 32;

    private final Kernels kernels;
    private final PatchEncoderConfig config;
    private final int headSize;
    private final float scale;

    /** The keys of each head, then the values of each head. */
    private final MemorySegment keys;

    private final MemorySegment values;

    private final Worker[] workers;

    /** Of the current picture. */
    private int patches;

    /** What one worker needs for its tasks. */
    private record Worker(Activations queries, Fp32Rows scores, Activations powers, Fp32Rows out) {
        Worker(PatchEncoderConfig config, int tileRows, SegmentAllocator memory) {
            this(
                    Activations.withRounded(
                            TASK_ROWS, config.layers().headSize(), tileRows, memory),
                    new Fp32Rows(
                            memory.allocate(4L * TASK_ROWS * scoreStride(config), 64),
                            scoreStride(config)),
                    Activations.withRounded(TASK_ROWS, columns(config), tileRows, memory),
                    new Fp32Rows(
                            memory.allocate(4L * TASK_ROWS * (outColumns(config) + 1), 64),
                            outColumns(config)));
        }

        /** One for each row, behind the rows of the output. */
        MemorySegment sums() {
            return out.values().asSlice(4L * TASK_ROWS * out.stride());
        }
    }

    PatchAttention(PatchEncoderConfig config, Compute compute, SegmentAllocator memory) {
        this.config = config;
        kernels = compute.kernels;
        headSize = config.layers().headSize();
        scale = config.layers().attention().scale();
        keys = memory.allocate(heads() * keyBytes(config), 64);
        values = memory.allocate(heads() * valueBytes(config), 64);
        workers = new Worker[compute.threads()];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(config, kernels.tileRows(), memory);
        }
    }

    /** Bytes that an attention of this size allocates. */
    static long bufferBytes(PatchEncoderConfig config, int threads) {
        long worker =
                Activations.bytesWithRounded(TASK_ROWS, config.layers().headSize())
                        + Activations.bytesWithRounded(TASK_ROWS, columns(config))
                        + 4L * TASK_ROWS * scoreStride(config)
                        + 4L * TASK_ROWS * (outColumns(config) + 1);
        int heads = config.layers().attention().kvHeads();
        return heads * (keyBytes(config) + valueBytes(config)) + threads * worker;
    }

    /** Whether the layers of an encoder can be computed with it: whether their weights are bf16. */
    static boolean suits(PatchEncoderWeights weights) {
        return weights.layers().stream()
                .allMatch(layer ->
                        layer.query().isRounded()
                                && layer.key().isRounded()
                                && layer.value().isRounded());
    }

    private int heads() {
        return config.layers().attention().kvHeads();
    }

    private static int columns(PatchEncoderConfig config) {
        return Bfloat16.padded(config.picture().maxPatches());
    }

    /** A line more than the columns, so that the rows do not share the lines of a cache. */
    private static int scoreStride(PatchEncoderConfig config) {
        return columns(config) + PackedMatrix.GROUP_ROWS;
    }

    private static int outColumns(PatchEncoderConfig config) {
        return Math.ceilDiv(config.layers().headSize(), PackedMatrix.GROUP_ROWS)
                * PackedMatrix.GROUP_ROWS;
    }

    private static long keyBytes(PatchEncoderConfig config) {
        return PackedMatrix.packedBytes(
                DType.BF16_PAIRS, config.picture().maxPatches(), config.layers().headSize());
    }

    private static long valueBytes(PatchEncoderConfig config) {
        return PackedMatrix.packedBytes(
                DType.BF16_PAIRS, config.layers().headSize(), columns(config));
    }

    private PackedMatrix keys(int head, int patches) {
        return matrix(keys, head * keyBytes(config), patches, headSize);
    }

    private PackedMatrix values(int head, int patches) {
        long at = head * valueBytes(config);
        return matrix(values, at, headSize, Bfloat16.padded(patches));
    }

    private static PackedMatrix matrix(MemorySegment memory, long at, int rows, int columns) {
        long bytes = PackedMatrix.packedBytes(DType.BF16_PAIRS, rows, columns);
        return new PackedMatrix(DType.BF16_PAIRS, rows, columns, memory.asSlice(at, bytes));
    }

    /** Begins a picture: the columns that fill the last block of the values become 0. */
    @Override
    public void start(int patches) {
        this.patches = patches;
        MemorySegment zeros = workers[0].queries.fp32().slice(0, 1).fill((byte) 0);
        for (int head = 0; head < heads(); head++) {
            PackedMatrix head0 = values(head, patches);
            for (int column = patches; column < head0.columns(); column++) {
                kernels.packColumns(new Fp32Rows(zeros, headSize), 1, head0, column);
            }
        }
    }

    @Override
    public void store(Fp32Rows key, Fp32Rows value, int chunk, int first, int end) {
        Fp32Rows keyRows = key.rows(first, end);
        Fp32Rows valueRows = value.rows(first, end);
        for (int head = 0; head < heads(); head++) {
            int column = head * headSize;
            PackedMatrix headKeys = keys(head, patches);
            PackedMatrix headValues = values(head, patches);
            kernels.packRows(keyRows.from(column), end - first, headKeys, chunk + first);
            kernels.packColumns(valueRows.from(column), end - first, headValues, chunk + first);
        }
    }

    @Override
    public int taskRows() {
        return TASK_ROWS;
    }

    @Override
    public void attend(MutualAttention.Piece piece, int worker) {
        Worker own = workers[worker];
        long column = 4L * piece.head() * headSize;
        int rows = piece.count();
        Activations queries = own.queries;
        queries.rows(rows);
        for (int row = 0; row < rows; row++) {
            MemorySegment.copy(
                    piece.query().slice(row, row + 1),
                    column,
                    queries.fp32().slice(row, row + 1),
                    0,
                    4L * headSize);
        }
        kernels.round(queries, 0, rows);
        Activations powers = own.powers;
        powers.columns(Bfloat16.padded(patches));
        powers.rows(rows);
        PackedMatrix headKeys = keys(piece.head(), patches);
        kernels.matmul(headKeys, 0, headKeys.groups(), queries, own.scores);
        hideRest(own.scores, rows, patches);
        kernels.softmax(own.scores, rows, powers.columns(), scale, own.sums());
        kernels.roundColumns(own.scores, powers, 0, powers.columns() / Bfloat16.BLOCK);
        PackedMatrix headValues = values(piece.head(), patches);
        kernels.matmul(headValues, 0, headValues.groups(), powers, own.out);
        for (int row = 0; row < rows; row++) {
            MemorySegment result = own.out.start(row, headSize);
            float sum = own.sums().getAtIndex(ValueLayout.JAVA_FLOAT, row);
            kernels.scale(result, 1 / sum, headSize);
            MemorySegment.copy(result, 0, piece.out().slice(row, row + 1), column, 4L * headSize);
        }
    }

    /** Scores behind the last patch become those of what is not seen. */
    private static void hideRest(Fp32Rows scores, int rows, int patches) {
        for (int row = 0; row < rows; row++) {
            MemorySegment values = scores.start(row, Bfloat16.padded(patches));
            for (int i = patches; i < Bfloat16.padded(patches); i++) {
                values.setAtIndex(ValueLayout.JAVA_FLOAT, i, Float.NEGATIVE_INFINITY);
            }
        }
    }
}

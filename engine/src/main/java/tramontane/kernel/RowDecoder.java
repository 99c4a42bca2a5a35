package tramontane.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;

/**
 * Decodes single rows to fp32: rows of a tensor in the file's layout, for the weights of norms, and
 * rows of a packed matrix, for embeddings.
 */
public final class RowDecoder {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private RowDecoder() {}

    /** Writes the {@code tensor.columns()} values of one row to the start of {@code out}. */
    public static void dequantizeRow(Tensor tensor, long row, MemorySegment out) {
        Objects.checkIndex(row, tensor.rows());
        MemorySegment bytes = tensor.row(row);
        int columns = Math.toIntExact(tensor.columns());
        if (tensor.dtype().isQuantized()) {
            dequantizeBlocks(tensor.dtype(), bytes, out);
            return;
        }
        switch (tensor.dtype()) {
            case F32 -> MemorySegment.copy(bytes, 0, out, 0, 4L * columns);
            case F16 -> {
                for (int k = 0; k < columns; k++) {
                    out.setAtIndex(
                            ValueLayout.JAVA_FLOAT,
                            k,
                            Float.float16ToFloat(bytes.get(SHORT, 2L * k)));
                }
            }
            case BF16, BF16_PAIRS -> {
                for (int k = 0; k < columns; k++) {
                    out.setAtIndex(
                            ValueLayout.JAVA_FLOAT,
                            k,
                            Float.intBitsToFloat(bytes.get(SHORT, 2L * k) << 16));
                }
            }
        }
    }

    /**
     * Writes the {@code matrix.columns()} values of one row to the start of {@code out}. They have
     * the same bits as the row of the tensor that was packed.
     */
    public static void dequantizeRow(PackedMatrix matrix, int row, MemorySegment out) {
        Objects.checkIndex(row, matrix.rows());
        int group = row / PackedMatrix.GROUP_ROWS;
        int lane = row % PackedMatrix.GROUP_ROWS;
        if (matrix.dtype().isQuantized()) {
            GroupBlock block = new GroupBlock(matrix, lane, lane + 1);
            for (int part = 0; part < matrix.columns() / 32; part++) {
                block.read(group, part);
                for (int k = 0; k < 32; k++) {
                    out.set(FLOAT, 4L * (32 * part + k), value(matrix.dtype(), block, lane, k));
                }
            }
            return;
        }
        switch (matrix.dtype()) {
            case F32, F16, BF16 -> {
                long at = group * matrix.groupBytes();
                for (int k = 0; k < matrix.columns(); k++) {
                    long index = (long) k * PackedMatrix.GROUP_ROWS + lane;
                    out.set(FLOAT, 4L * k, element(matrix, at, index));
                }
            }
            case BF16_PAIRS -> {
                long at = group * matrix.groupBytes();
                for (int k = 0; k < matrix.columns(); k++) {
                    long index = (k / 2L * PackedMatrix.GROUP_ROWS + lane) * 2 + k % 2;
                    out.set(FLOAT, 4L * k, element(matrix, at, index));
                }
            }
        }
    }

    private static float element(PackedMatrix matrix, long at, long index) {
        MemorySegment data = matrix.data();
        return switch (matrix.dtype()) {
            case F32 -> data.get(FLOAT, at + 4 * index);
            case F16 -> Float.float16ToFloat(data.get(SHORT, at + 2 * index));
            case BF16, BF16_PAIRS -> Float.intBitsToFloat(data.get(SHORT, at + 2 * index) << 16);
            case Q4_0,
                    Q4_1,
                    Q5_0,
                    Q5_1,
                    Q8_0,
                    Q2_K,
                    Q4_K,
                    Q5_K,
                    Q6_K,
                    IQ4_NL,
                    LUT4_32,
                    LUT4_16,
                    INT3_16,
                    FP4_32,
                    FP4_16 ->
                    throw new IllegalArgumentException(matrix.dtype() + " has blocks");
        };
    }

    private static float value(DType dtype, GroupBlock block, int lane, int k) {
        float scale = (k < 16 ? block.firstScales : block.lastScales)[lane];
        float product = scale * block.codes[lane * 32 + k];
        // Formats without a minimum must not add 0, which would turn -0 into 0.
        return switch (dtype) {
            case Q4_1, Q5_1, Q2_K, Q4_K, Q5_K ->
                    product + (k < 16 ? block.minimums : block.lastMinimums)[lane];
            case Q4_0, Q5_0, Q8_0, Q6_K, LUT4_32, IQ4_NL, LUT4_16, INT3_16, FP4_32, FP4_16 ->
                    product;
            case F16, BF16, F32, BF16_PAIRS ->
                    throw new IllegalArgumentException(dtype + " has no blocks");
        };
    }

    private static void dequantizeBlocks(DType dtype, MemorySegment bytes, MemorySegment out) {
        WeightBlock block = new WeightBlock(dtype);
        int blocks = (int) (bytes.byteSize() / dtype.blockBytes());
        int size = dtype.blockElements();
        for (int b = 0; b < blocks; b++) {
            block.read(bytes, (long) b * dtype.blockBytes());
            for (int k = 0; k < size; k++) {
                out.set(FLOAT, 4L * (b * size + k), value(dtype, block, k));
            }
        }
    }

    // Each value is rounded once, except in Q6_K: a scale has 11 bits, a factor and a code at most
    // 8 bits each. LUT4 and INT3_16 are exact: what is converted into them has factors of at most
    // 6 bits.
    private static float value(DType dtype, WeightBlock block, int k) {
        float scale = block.scale;
        float minimum = block.minimum;
        int code = (block.codes[k] & 0xFF) - WeightBlock.offset(dtype);
        return switch (dtype) {
            case Q4_0, Q5_0, Q8_0, IQ4_NL, FP4_32 -> scale * code;
            case FP4_16 -> (k < 16 ? scale : block.lastScale) * code;
            case Q4_1, Q5_1 -> scale * code + minimum;
            case Q4_K, Q5_K ->
                    scale * block.scaleFactors[k / 32] * code
                            - minimum * block.minimumFactors[k / 32];
            case Q2_K ->
                    scale * block.scaleFactors[k / 16] * code
                            - minimum * block.minimumFactors[k / 16];
            case Q6_K, LUT4_32, LUT4_16, INT3_16 -> scale * block.scaleFactors[k / 16] * code;
            case F16, BF16, F32, BF16_PAIRS ->
                    throw new IllegalArgumentException(dtype + " has no blocks");
        };
    }
}

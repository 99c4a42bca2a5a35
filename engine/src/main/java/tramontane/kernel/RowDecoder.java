package tramontane.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;

/**
 * Turns single rows of a tensor, as it lies in the file, into fp32: embeddings and norm weights
 * need no more.
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
            case BF16 -> {
                for (int k = 0; k < columns; k++) {
                    out.setAtIndex(
                            ValueLayout.JAVA_FLOAT,
                            k,
                            Float.intBitsToFloat(bytes.get(SHORT, 2L * k) << 16));
                }
            }
            case Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K ->
                    dequantizeBlocks(tensor.dtype(), bytes, out);
        }
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

    // One rounding a value, save in Q6_K: a scale has 11 bits, a factor at most 8, a code at most
    // 8.
    private static float value(DType dtype, WeightBlock block, int k) {
        float scale = Float.float16ToFloat(block.scale);
        float minimum = Float.float16ToFloat(block.minimum);
        int code = (block.codes[k] & 0xFF) - WeightBlock.offset(dtype);
        return switch (dtype) {
            case Q4_0, Q5_0, Q8_0 -> scale * code;
            case Q4_1, Q5_1 -> scale * code + minimum;
            case Q4_K, Q5_K ->
                    scale * block.scaleFactors[k / 32] * code
                            - minimum * block.minimumFactors[k / 32];
            case Q6_K -> scale * block.scaleFactors[k / 16] * code;
            case F16, BF16, F32 -> throw new IllegalArgumentException(dtype + " has no blocks");
        };
    }
}

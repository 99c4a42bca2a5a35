package tramontane.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;

/**
 * Looks for weights that are NaN or infinite. No usable model has them, but overwritten bytes
 * nearly always do, and int8 kernels can turn them into ordinary numbers.
 *
 * <p>For packed groups, it reads only the floating-point fields, eight bytes at a time. If all bits
 * of an exponent are set, adding the lowest exponent bit carries into the sign bit, which is
 * cleared before.
 */
public final class FiniteCheck {
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Masks of the exponent bits in eight bytes of fp16, bf16 and fp32. */
    private static final long FP16_EXPONENTS = 0x7C00_7C00_7C00_7C00L;

    private static final long BF16_EXPONENTS = 0x7F80_7F80_7F80_7F80L;
    private static final long FP32_EXPONENTS = 0x7F80_0000_7F80_0000L;

    private FiniteCheck() {}

    /** Whether all weights of groups {@code from} to {@code to} are finite. */
    public static boolean isFinite(PackedMatrix matrix, int from, int to) {
        long start = from * matrix.groupBytes();
        long end = to * matrix.groupBytes();
        MemorySegment data = matrix.data();
        int block = PackedMatrix.groupBlockBytes(matrix.dtype());
        return switch (matrix.dtype()) {
            case F32 -> isFinite(data, start, end, FP32_EXPONENTS);
            case F16 -> isFinite(data, start, end, FP16_EXPONENTS);
            case BF16, BF16_PAIRS -> isFinite(data, start, end, BF16_EXPONENTS);
            case Q4_0, IQ4_NL, FP4_32 -> scalesAreFinite(data, start + 256, end, block, 32);
            case Q4_1, FP4_16 -> scalesAreFinite(data, start + 256, end, block, 64);
            case Q5_0 -> scalesAreFinite(data, start + 320, end, block, 32);
            case Q5_1 -> scalesAreFinite(data, start + 320, end, block, 64);
            case Q8_0 -> scalesAreFinite(data, start + 512, end, block, 32);
            case Q2_K, Q4_K, Q5_K -> scalesAreFinite(data, start, end, block, 64);
            case Q6_K, INT3_16 -> scalesAreFinite(data, start, end, block, 32);
            case LUT4_32, LUT4_16 -> {
                boolean finite = true;
                for (long at = start; at < end; at += block) {
                    finite &= isFinite(data, at, at + 64, FP32_EXPONENTS);
                }
                yield finite;
            }
        };
    }

    /** Whether all weights of a tensor in the file's layout are finite. */
    public static boolean isFinite(Tensor tensor) {
        MemorySegment data = tensor.data();
        DType dtype = tensor.dtype();
        long elements = tensor.rows() * tensor.columns();
        return switch (dtype) {
            case F32 -> isFinite(data, elements);
            case F16 -> halvesAreFinite(data, 0, 2, 1, FP16_EXPONENTS);
            case BF16, BF16_PAIRS -> halvesAreFinite(data, 0, 2, 1, BF16_EXPONENTS);
            case Q4_0, Q5_0, Q8_0, IQ4_NL, INT3_16, FP4_32 ->
                    halvesAreFinite(data, 0, dtype.blockBytes(), 1, FP16_EXPONENTS);
            case Q4_1, Q5_1, Q4_K, Q5_K, FP4_16 ->
                    halvesAreFinite(data, 0, dtype.blockBytes(), 2, FP16_EXPONENTS);
            case Q2_K -> halvesAreFinite(data, 80, dtype.blockBytes(), 2, FP16_EXPONENTS);
            case LUT4_32, LUT4_16 -> {
                boolean finite = true;
                for (long at = 0; at < data.byteSize(); at += dtype.blockBytes()) {
                    finite &= isFinite(data.asSlice(at), 1);
                }
                yield finite;
            }
            case Q6_K -> halvesAreFinite(data, 208, dtype.blockBytes(), 1, FP16_EXPONENTS);
        };
    }

    /** Checks blocks that have {@code count} 16-bit numbers each, the first at {@code from}. */
    private static boolean halvesAreFinite(
            MemorySegment data, long from, int block, int count, long exponents) {
        int exponent = (int) exponents & 0xFFFF;
        boolean finite = true;
        for (long at = from; at < data.byteSize(); at += block) {
            for (int i = 0; i < count; i++) {
                finite &= (data.get(SHORT, at + 2 * i) & exponent) != exponent;
            }
        }
        return finite;
    }

    /** Whether all of {@code count} fp32 numbers are finite. */
    public static boolean isFinite(MemorySegment floats, long count) {
        boolean odd = count % 2 == 1;
        return isFinite(floats, 0, 4 * (count - (odd ? 1 : 0)), FP32_EXPONENTS)
                && (!odd
                        || Float.isFinite(
                                floats.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * (count - 1))));
    }

    /** Whether all of {@code count} fp32 numbers are 0. */
    public static boolean isZero(MemorySegment floats, long count) {
        for (long i = 0; i < count; i++) {
            if (floats.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * i) != 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean isFinite(MemorySegment data, long from, long to, long exponents) {
        long found = 0;
        for (long at = from; at < to; at += 8) {
            found |= carries(data.get(LONG, at), exponents);
        }
        return (found & signs(exponents)) == 0;
    }

    /**
     * Checks blocks that have {@code bytes} bytes of fp16 scales and minimums, the first at {@code
     * from}.
     */
    private static boolean scalesAreFinite(
            MemorySegment data, long from, long to, int block, int bytes) {
        long found = 0;
        for (long at = from; at < to; at += block) {
            for (int i = 0; i < bytes; i += 8) {
                found |= carries(data.get(LONG, at + i), FP16_EXPONENTS);
            }
        }
        return (found & signs(FP16_EXPONENTS)) == 0;
    }

    private static long carries(long word, long exponents) {
        return (word & exponents) + (exponents & ~(exponents << 1));
    }

    /** The bit above each exponent. */
    private static long signs(long exponents) {
        return exponents << 1 & ~exponents;
    }
}

package tramontane.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.random.RandomGenerator;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;

/** Seeded tensors and activations for the kernel tests, ordinary and extreme. */
public final class RandomWeights {
    /** The kind of the weights' scales and, for floating-point formats, of the weights. */
    public enum Kind {
        ORDINARY,
        /** Zero, subnormal and maximal finite scales; all codes at their extremes. */
        EXTREME
    }

    private static final float[] EXTREMES = {
        0, -0f, 0x1p-24f, -0x1p-24f, 0x1p-15f, 65504, -65504, 1
    };

    private RandomWeights() {}

    public static Tensor tensor(
            DType dtype, int rows, int columns, Kind kind, RandomGenerator random) {
        ByteBuffer bytes =
                ByteBuffer.allocate((int) (rows * dtype.rowBytes(columns)))
                        .order(ByteOrder.LITTLE_ENDIAN);
        for (int block = 0; block < bytes.capacity() / dtype.blockBytes(); block++) {
            fill(bytes, block * dtype.blockBytes(), dtype, kind, random);
        }
        return new Tensor("random", dtype, rows, columns, MemorySegment.ofArray(bytes.array()));
    }

    private static void fill(
            ByteBuffer bytes, int at, DType dtype, Kind kind, RandomGenerator random) {
        for (int i = 0; i < dtype.blockBytes(); i++) {
            int end = random.nextBoolean() ? 0xFF : random.nextBoolean() ? 0 : 0x80;
            bytes.put(at + i, (byte) (kind == Kind.EXTREME ? end : random.nextInt()));
        }
        switch (dtype) {
            case Q4_0, Q5_0, Q8_0, IQ4_NL, INT3_16, FP4_32, F16 -> putHalf(bytes, at, kind, random);
            case Q4_1, Q5_1, Q4_K, Q5_K, FP4_16 -> {
                putHalf(bytes, at, kind, random);
                putHalf(bytes, at + 2, kind, random);
            }
            case Q2_K -> {
                putHalf(bytes, at + 80, kind, random);
                putHalf(bytes, at + 82, kind, random);
            }
            case Q6_K -> putHalf(bytes, at + 208, kind, random);
            case LUT4_32, LUT4_16 -> {
                // A scale has the precision of fp16, and all blocks have one table.
                short scale = Float.floatToFloat16(value(kind, random));
                bytes.putFloat(at, Float.float16ToFloat(scale) / 8);
                bytes.put(at + 4, bytes.array(), 4, 16);
            }
            case BF16 ->
                    bytes.putShort(
                            at, (short) (Float.floatToRawIntBits(value(kind, random)) >> 16));
            case BF16_PAIRS -> {
                for (int i = 0; i < 4; i += 2) {
                    float rounded = Bfloat16.round(value(kind, random));
                    bytes.putShort(at + i, (short) (Float.floatToRawIntBits(rounded) >> 16));
                }
            }
            case F32 -> bytes.putFloat(at, value(kind, random));
        }
    }

    private static void putHalf(ByteBuffer bytes, int at, Kind kind, RandomGenerator random) {
        bytes.putShort(at, Float.floatToFloat16(value(kind, random)));
    }

    private static float value(Kind kind, RandomGenerator random) {
        return kind == Kind.EXTREME
                ? EXTREMES[random.nextInt(EXTREMES.length)]
                : (float) (random.nextGaussian() * Math.pow(10, random.nextInt(-4, 1)));
    }

    /**
     * Rows that mix ordinary blocks with zeros, huge and subnormal values, and with blocks of one
     * value: all their codes are 127 or -127, so their sums of products are the largest there are.
     */
    public static Activations activations(
            int rows,
            int columns,
            int tileRows,
            SegmentAllocator allocator,
            RandomGenerator random) {
        Activations a = Activations.withRounded(rows, columns, tileRows, allocator);
        for (int row = 0; row < rows; row++) {
            float size = 1;
            int sign = 0;
            for (int k = 0; k < columns; k++) {
                if (k % 32 == 0) {
                    float[] sizes = {1, 1, 1, 1, 1e-3f, 1e4f, 0, 1e-20f, 1e-42f};
                    size = sizes[random.nextInt(sizes.length)];
                    int[] signs = {0, 0, 0, 0, 0, 0, 1, -1};
                    sign = signs[random.nextInt(signs.length)];
                }
                float value = (sign != 0 ? sign : (float) random.nextGaussian()) * size;
                a.values().setAtIndex(ValueLayout.JAVA_FLOAT, (long) row * a.stride() + k, value);
            }
        }
        return a;
    }
}

package tramontane.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.stream.IntStream;

/** Off-heap buffers for kernel tests: random, extreme, copied, compared. */
public final class Matrices {
    private static final float[] EXTREMES = {
        0f,
        -0f,
        1f,
        -1f,
        Float.MIN_VALUE,
        -Float.MIN_NORMAL,
        1e-20f,
        88.5f,
        -88.5f,
        -104f,
        1e18f,
        -1e18f
    };

    private Matrices() {}

    public static MemorySegment zeros(long count) {
        return Arena.ofAuto().allocate(Math.max(count, 1) * 4, 64).asSlice(0, count * 4);
    }

    public static MemorySegment of(float... values) {
        MemorySegment matrix = zeros(values.length);
        MemorySegment.copy(values, 0, matrix, JAVA_FLOAT, 0, values.length);
        return matrix;
    }

    public static MemorySegment random(long count, long seed) {
        Random random = new Random(seed);
        MemorySegment matrix = zeros(count);
        for (long i = 0; i < count; i++) {
            matrix.setAtIndex(JAVA_FLOAT, i, (float) random.nextGaussian());
        }
        return matrix;
    }

    /** Gaussian numbers of many magnitudes; one of twenty is an extreme value. */
    public static MemorySegment wild(long count, long seed) {
        Random random = new Random(seed);
        MemorySegment matrix = zeros(count);
        for (long i = 0; i < count; i++) {
            float value = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(-3, 3)));
            matrix.setAtIndex(
                    JAVA_FLOAT,
                    i,
                    random.nextInt(20) == 0 ? EXTREMES[random.nextInt(EXTREMES.length)] : value);
        }
        return matrix;
    }

    public static MemorySegment copy(MemorySegment matrix) {
        return zeros(matrix.byteSize() / 4).copyFrom(matrix);
    }

    public static float[] floats(MemorySegment matrix) {
        return matrix.toArray(JAVA_FLOAT);
    }

    public static int[] bits(MemorySegment matrix) {
        float[] floats = floats(matrix);
        return IntStream.range(0, floats.length)
                .map(i -> Float.floatToIntBits(floats[i]))
                .toArray();
    }
}

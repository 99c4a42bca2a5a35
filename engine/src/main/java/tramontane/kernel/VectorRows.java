package tramontane.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static tramontane.kernel.VectorWidth.FLOATS;
import static tramontane.kernel.VectorWidth.LANES;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/**
 * Sums, products and norms of rows. What is left over after whole vectors goes one by one, with the
 * same bits.
 */
final class VectorRows {
    private VectorRows() {}

    static void add(MemorySegment x, long offset, MemorySegment y, long count) {
        long whole = count - count % LANES;
        for (long i = 0; i < whole; i += LANES) {
            FloatVector sum =
                    FloatVector.fromMemorySegment(FLOATS, x, offset + 4 * i, LITTLE_ENDIAN)
                            .add(FloatVector.fromMemorySegment(FLOATS, y, 4 * i, LITTLE_ENDIAN));
            sum.intoMemorySegment(x, offset + 4 * i, LITTLE_ENDIAN);
        }
        for (long i = whole; i < count; i++) {
            float sum = get(x, offset + 4 * i) + get(y, 4 * i);
            x.set(ValueLayout.JAVA_FLOAT, offset + 4 * i, sum);
        }
    }

    static void scale(MemorySegment x, float factor, long count) {
        long whole = count - count % LANES;
        for (long i = 0; i < whole; i += LANES) {
            FloatVector.fromMemorySegment(FLOATS, x, 4 * i, LITTLE_ENDIAN)
                    .mul(factor)
                    .intoMemorySegment(x, 4 * i, LITTLE_ENDIAN);
        }
        for (long i = whole; i < count; i++) {
            x.set(ValueLayout.JAVA_FLOAT, 4 * i, get(x, 4 * i) * factor);
        }
    }

    static void rmsNorm(
            MemorySegment x,
            long offset,
            MemorySegment weight,
            int columns,
            float epsilon,
            MemorySegment out) {
        float[] lanes = Scratch.ofThread().lanes;
        sumSquares(x, offset, columns, lanes);
        multiply(
                x,
                offset,
                weight,
                columns,
                ScalarKernels.normFactor(Lanes.sum(lanes), columns, epsilon),
                out);
    }

    private static void sumSquares(MemorySegment x, long offset, int columns, float[] lanes) {
        int whole = columns - columns % Lanes.COUNT;
        for (int part = 0; part < Lanes.COUNT; part += LANES) {
            FloatVector sum = FloatVector.zero(FLOATS);
            for (int i = part; i < whole; i += Lanes.COUNT) {
                FloatVector v =
                        FloatVector.fromMemorySegment(FLOATS, x, offset + 4L * i, LITTLE_ENDIAN);
                sum = v.fma(v, sum);
            }
            sum.intoArray(lanes, part);
        }
        for (int i = whole; i < columns; i++) {
            float v = get(x, offset + 4L * i);
            lanes[i - whole] = Math.fma(v, v, lanes[i - whole]);
        }
    }

    private static void multiply(
            MemorySegment x,
            long offset,
            MemorySegment weight,
            int columns,
            float factor,
            MemorySegment out) {
        int whole = columns - columns % LANES;
        for (int i = 0; i < whole; i += LANES) {
            FloatVector product =
                    FloatVector.fromMemorySegment(FLOATS, x, offset + 4L * i, LITTLE_ENDIAN)
                            .mul(factor)
                            .mul(
                                    FloatVector.fromMemorySegment(
                                            FLOATS, weight, 4L * i, LITTLE_ENDIAN));
            product.intoMemorySegment(out, offset + 4L * i, LITTLE_ENDIAN);
        }
        for (int i = whole; i < columns; i++) {
            float product = get(x, offset + 4L * i) * factor * get(weight, 4L * i);
            out.set(ValueLayout.JAVA_FLOAT, offset + 4L * i, product);
        }
    }

    private static float get(MemorySegment x, long offset) {
        return x.get(ValueLayout.JAVA_FLOAT, offset);
    }
}

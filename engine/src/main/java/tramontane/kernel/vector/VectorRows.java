package tramontane.kernel.vector;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static tramontane.kernel.vector.VectorWidth.FLOATS;
import static tramontane.kernel.vector.VectorWidth.LANES;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import tramontane.kernel.Lanes;
import tramontane.kernel.LayerNorm;
import tramontane.kernel.RmsNorm;
import tramontane.kernel.scalar.ScalarKernels;

/**
 * Sums, products and norms of rows. Elements after the last whole vector are computed one by one
 * and have the same bits.
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

    /** Norms the row that starts at byte {@code offset} of {@code x} and {@code out}. */
    static void rmsNorm(RmsNorm norm, MemorySegment x, MemorySegment out, long offset) {
        float[] lanes = VectorScratch.ofThread().lanes;
        sumSquares(x, offset, norm.columns(), lanes);
        multiply(norm, ScalarKernels.normFactor(norm, Lanes.sum(lanes)), x, out, offset);
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
            RmsNorm norm, float factor, MemorySegment x, MemorySegment out, long offset) {
        MemorySegment weight = norm.weight();
        int columns = norm.columns();
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

    /** Norms the row that starts at byte {@code offset} of {@code x} and {@code out}. */
    static void layerNorm(LayerNorm norm, MemorySegment x, MemorySegment out, long offset) {
        float[] lanes = VectorScratch.ofThread().lanes;
        sum(x, offset, norm.columns(), lanes);
        float mean = Lanes.sum(lanes) / norm.columns();
        sumDistances(x, offset, norm.columns(), mean, lanes);
        centre(norm, mean, x, out, offset);
    }

    private static void sum(MemorySegment x, long offset, int columns, float[] lanes) {
        int whole = columns - columns % Lanes.COUNT;
        for (int part = 0; part < Lanes.COUNT; part += LANES) {
            FloatVector sum = FloatVector.zero(FLOATS);
            for (int i = part; i < whole; i += Lanes.COUNT) {
                sum =
                        sum.add(
                                FloatVector.fromMemorySegment(
                                        FLOATS, x, offset + 4L * i, LITTLE_ENDIAN));
            }
            sum.intoArray(lanes, part);
        }
        for (int i = whole; i < columns; i++) {
            lanes[i - whole] += get(x, offset + 4L * i);
        }
    }

    /** Sums the squared distances from the mean. */
    private static void sumDistances(
            MemorySegment x, long offset, int columns, float mean, float[] lanes) {
        int whole = columns - columns % Lanes.COUNT;
        for (int part = 0; part < Lanes.COUNT; part += LANES) {
            FloatVector sum = FloatVector.zero(FLOATS);
            for (int i = part; i < whole; i += Lanes.COUNT) {
                FloatVector v =
                        FloatVector.fromMemorySegment(FLOATS, x, offset + 4L * i, LITTLE_ENDIAN)
                                .sub(mean);
                sum = v.fma(v, sum);
            }
            sum.intoArray(lanes, part);
        }
        for (int i = whole; i < columns; i++) {
            float v = get(x, offset + 4L * i) - mean;
            lanes[i - whole] = Math.fma(v, v, lanes[i - whole]);
        }
    }

    /** {@code out = (x - mean) * factor * weight + bias}, with the factor of the summed lanes. */
    private static void centre(
            LayerNorm norm, float mean, MemorySegment x, MemorySegment out, long offset) {
        float factor = ScalarKernels.normFactor(norm, Lanes.sum(VectorScratch.ofThread().lanes));
        int columns = norm.columns();
        int whole = columns - columns % LANES;
        for (int i = 0; i < whole; i += LANES) {
            FloatVector.fromMemorySegment(FLOATS, x, offset + 4L * i, LITTLE_ENDIAN)
                    .sub(mean)
                    .mul(factor)
                    .fma(
                            FloatVector.fromMemorySegment(
                                    FLOATS, norm.weight(), 4L * i, LITTLE_ENDIAN),
                            FloatVector.fromMemorySegment(
                                    FLOATS, norm.bias(), 4L * i, LITTLE_ENDIAN))
                    .intoMemorySegment(out, offset + 4L * i, LITTLE_ENDIAN);
        }
        for (int i = whole; i < columns; i++) {
            float normed = (get(x, offset + 4L * i) - mean) * factor;
            out.set(
                    ValueLayout.JAVA_FLOAT,
                    offset + 4L * i,
                    Math.fma(normed, get(norm.weight(), 4L * i), get(norm.bias(), 4L * i)));
        }
    }

    private static float get(MemorySegment x, long offset) {
        return x.get(ValueLayout.JAVA_FLOAT, offset);
    }
}

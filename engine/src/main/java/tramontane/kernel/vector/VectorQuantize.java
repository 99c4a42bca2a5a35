package tramontane.kernel.vector;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static tramontane.kernel.vector.VectorWidth.FLOATS;
import static tramontane.kernel.vector.VectorWidth.LANES;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import tramontane.kernel.Activations;
import tramontane.kernel.Exponential;

/** Quantizes activations to int8. An instance has the buffer of one thread. */
final class VectorQuantize {
    private static final int BLOCK = Activations.BLOCK;

    private final int[] codes = new int[BLOCK];

    void quantize(Activations a, int from, int to) {
        for (int row = from; row < to; row++) {
            long height = a.tileHeight(row / a.tileRows());
            long field = a.blockOffset(row, 0) + 4L * (row % a.tileRows());
            long values = a.valuesOffset(row, 0);
            long source = 4L * row * a.stride();
            for (int block = 0; block < a.blocks(); block++) {
                quantizeBlock(a, source + 4L * BLOCK * block, values, field, height);
                values += height * Activations.BLOCK_ROW_BYTES;
                field += height * Activations.BLOCK_ROW_BYTES;
            }
        }
    }

    private void quantizeBlock(Activations a, long source, long values, long field, long height) {
        float max = 0;
        for (int k = 0; k < BLOCK; k += LANES) {
            max =
                    Math.max(
                            max,
                            FloatVector.fromMemorySegment(
                                            FLOATS, a.values(), source + 4L * k, LITTLE_ENDIAN)
                                    .abs()
                                    .reduceLanes(VectorOperators.MAX));
        }
        boolean tiny = max < Activations.TINY;
        float scale = tiny ? 0 : max / 127;
        float inverse = tiny ? 0 : 127 / max;
        MemorySegment out = a.quantized();
        int first = round(a.values(), source, inverse, codes, 0);
        int last = round(a.values(), source + 64, inverse, codes, 16);
        for (int k = 0; k < BLOCK; k += 4) {
            out.set(ValueLayout.JAVA_INT, values + k, fourBytes(codes, k));
        }
        int sum = first + last;
        out.set(ValueLayout.JAVA_FLOAT, field + height * Activations.SCALE, scale);
        out.set(ValueLayout.JAVA_FLOAT, field + height * Activations.SCALED_SUM, scale * sum);
        out.set(ValueLayout.JAVA_INT, field + height * Activations.START_8, -8 * sum);
        out.set(ValueLayout.JAVA_INT, field + height * Activations.START_16, -16 * sum);
        out.set(ValueLayout.JAVA_INT, field + height * Activations.START_128, -128 * sum);
        out.set(ValueLayout.JAVA_INT, field + height * Activations.START_FIRST_HALF, -32 * first);
        out.set(ValueLayout.JAVA_INT, field + height * Activations.START_LAST_HALF, -32 * last);
    }

    /**
     * Rounds sixteen values, halves to even, and returns their sum. Adding 1.5 * 2^23 leaves the
     * integer in the low bits.
     */
    private static int round(MemorySegment x, long at, float inverse, int[] codes, int to) {
        int sum = 0;
        for (int k = 0; k < 16; k += LANES) {
            IntVector rounded =
                    FloatVector.fromMemorySegment(FLOATS, x, at + 4L * k, LITTLE_ENDIAN)
                            .mul(inverse)
                            .add(Exponential.ROUND)
                            .reinterpretAsInts()
                            .sub(Exponential.ROUND_BITS);
            rounded.intoArray(codes, to + k);
            sum += rounded.reduceLanes(VectorOperators.ADD);
        }
        return sum;
    }

    private static int fourBytes(int[] codes, int k) {
        return codes[k] & 0xff
                | (codes[k + 1] & 0xff) << 8
                | (codes[k + 2] & 0xff) << 16
                | codes[k + 3] << 24;
    }
}

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
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.MatmulShape;

/** Quantizes activations to int8. An instance has the buffer of one thread. */
final class VectorQuantize {
    private static final int BLOCK = Activations.BLOCK;

    private final int[] codes = new int[BLOCK];

    /** The sums of each half of {@link #codes}. */
    private int first;

    private int last;

    void quantize(Activations a, int from, int to) {
        Fp32Rows x = a.fp32();
        for (int row = from; row < to; row++) {
            quantizeRow(x, a, row, 0, a.blocks());
        }
    }

    void quantizeColumns(Fp32Rows x, Activations a, int block, int blocks) {
        MatmulShape.checkColumns(x, a, block, blocks);
        for (int row = 0; row < a.rows(); row++) {
            quantizeRow(x, a, row, block, blocks);
        }
    }

    private void quantizeRow(Fp32Rows x, Activations a, int row, int block, int blocks) {
        if (blocks == 0) {
            return;
        }
        MemorySegment out = a.quantized();
        long height = a.tileHeight(row / a.tileRows());
        long field = a.blockOffset(row, block) + 4L * (row % a.tileRows());
        long values = a.valuesOffset(row, block);
        long source = 4L * row * x.stride();
        for (int i = 0; i < blocks; i++) {
            float scale = round(x.values(), source + 4L * BLOCK * i);
            for (int k = 0; k < BLOCK; k += 4) {
                out.set(ValueLayout.JAVA_INT, values + k, fourBytes(codes, k));
            }
            setFields(out, field, height, scale);
            values += height * Activations.BLOCK_ROW_BYTES;
            field += height * Activations.BLOCK_ROW_BYTES;
        }
    }

    /** Rounds a block to {@link #codes} and returns its scale. */
    private float round(MemorySegment x, long source) {
        float max = 0;
        for (int k = 0; k < BLOCK; k += LANES) {
            max =
                    Math.max(
                            max,
                            FloatVector.fromMemorySegment(FLOATS, x, source + 4L * k, LITTLE_ENDIAN)
                                    .abs()
                                    .reduceLanes(VectorOperators.MAX));
        }
        boolean tiny = max < Activations.TINY;
        float scale = tiny ? 0 : max / 127;
        float inverse = tiny ? 0 : 127 / max;
        first = round(x, source, inverse, codes, 0);
        last = round(x, source + 64, inverse, codes, 16);
        return scale;
    }

    private void setFields(MemorySegment out, long field, long height, float scale) {
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

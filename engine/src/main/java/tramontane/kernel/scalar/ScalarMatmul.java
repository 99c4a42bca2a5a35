package tramontane.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import tramontane.kernel.Activations;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.GroupBlock;
import tramontane.kernel.MatmulShape;
import tramontane.kernel.PackedMatrix;
import tramontane.tensor.DType;

/**
 * The definition of quantization and multiplication. Every other implementation gives the same
 * bits.
 *
 * <p>For quantized weights, one block of 32 columns after the other in ascending order, where
 * {@code d} is the block's weight scale times its factor (an exact product) and {@code a} is the
 * scale of the activations:
 *
 * <pre>
 * acc = fma(d * a, (float) sum of (code - offset) * q, acc)     Q2_K, Q6_K, LUT4_16, INT3_16, FP4_16: first 16 columns, then last 16
 * acc = fma(minimum, a * sum of q, acc)                         only formats with a minimum; Q2_K: after each half
 * </pre>
 *
 * For BF16_PAIRS see {@link ScalarPairs}; for other floating-point weights: {@code acc = fma(w[k],
 * x[k], acc)} for ascending {@code k}.
 */
public final class ScalarMatmul {
    private ScalarMatmul() {}

    public static void quantize(Activations a, int from, int to) {
        for (int row = from; row < to; row++) {
            for (int block = 0; block < a.blocks(); block++) {
                long first = (long) row * a.stride() + (long) block * Activations.BLOCK;
                quantizeBlock(a.values(), first, a, row, block);
            }
        }
    }

    static void quantizeColumns(Fp32Rows x, Activations a, int block, int blocks) {
        MatmulShape.checkColumns(x, a, block, blocks);
        for (int row = 0; row < a.rows(); row++) {
            for (int i = 0; i < blocks; i++) {
                long first = (long) row * x.stride() + (long) i * Activations.BLOCK;
                quantizeBlock(x.values(), first, a, row, block + i);
            }
        }
    }

    private static void quantizeBlock(
            MemorySegment x, long first, Activations a, int row, int block) {
        float max = Activations.maxMagnitude(x, first);
        boolean tiny = max < Activations.TINY;
        float scale = tiny ? 0 : max / 127;
        float inverse = tiny ? 0 : 127 / max;
        MemorySegment out = a.quantized();
        long values = a.valuesOffset(row, block);
        int firstHalf = 0;
        int lastHalf = 0;
        for (int k = 0; k < Activations.BLOCK; k++) {
            int q = (int) Math.rint(x.getAtIndex(JAVA_FLOAT, first + k) * inverse);
            out.set(JAVA_BYTE, values + k, (byte) q);
            firstHalf += k < 16 ? q : 0;
            lastHalf += k < 16 ? 0 : q;
        }
        int sum = firstHalf + lastHalf;
        out.set(JAVA_FLOAT, a.fieldOffset(row, block, Activations.SCALE), scale);
        out.set(JAVA_FLOAT, a.fieldOffset(row, block, Activations.SCALED_SUM), scale * sum);
        out.set(JAVA_INT, a.fieldOffset(row, block, Activations.START_8), -8 * sum);
        out.set(JAVA_INT, a.fieldOffset(row, block, Activations.START_16), -16 * sum);
        out.set(JAVA_INT, a.fieldOffset(row, block, Activations.START_128), -128 * sum);
        out.set(JAVA_INT, a.fieldOffset(row, block, Activations.START_FIRST_HALF), -32 * firstHalf);
        out.set(JAVA_INT, a.fieldOffset(row, block, Activations.START_LAST_HALF), -32 * lastHalf);
    }

    public static void matmul(
            PackedMatrix w, int groupFrom, int groupTo, Activations a, Fp32Rows out) {
        MatmulShape.check(w, groupFrom, groupTo, a, out);
        for (int group = groupFrom; group < groupTo; group++) {
            for (int row = 0; row < a.rows(); row++) {
                out.values()
                        .asSlice(4 * ((long) row * out.stride() + 16L * group), 64)
                        .fill((byte) 0);
            }
            if (w.dtype().isQuantized()) {
                multiplyQuantized(w, group, a, out);
            } else if (w.dtype() == DType.BF16_PAIRS) {
                ScalarPairs.multiply(w, group, a, out);
            } else {
                multiplyFloats(w, group, a, out);
            }
        }
    }

    private static void multiplyQuantized(PackedMatrix w, int group, Activations a, Fp32Rows out) {
        GroupBlock block = new GroupBlock(w);
        for (int b = 0; b < w.columns() / 32; b++) {
            block.read(group, b);
            for (int row = 0; row < a.rows(); row++) {
                InputBlock input = new InputBlock(a, row, b);
                for (int r = 0; r < 16; r++) {
                    long at = (long) row * out.stride() + 16L * group + r;
                    float acc = out.values().getAtIndex(JAVA_FLOAT, at);
                    out.values().setAtIndex(JAVA_FLOAT, at, addBlock(acc, block, r, input));
                }
            }
        }
    }

    /** The int8 form of 32 columns of one row. */
    private record InputBlock(Activations a, int row, int block) {
        long values() {
            return a.valuesOffset(row, block);
        }

        float field(int field) {
            return a.quantized().get(JAVA_FLOAT, a.fieldOffset(row, block, field));
        }

        /** The sum of the half whose start value, -32 times the sum, is in {@code field}. */
        int sum(int field) {
            return a.quantized().get(JAVA_INT, a.fieldOffset(row, block, field)) / -32;
        }
    }

    private static float addBlock(float acc, GroupBlock block, int r, InputBlock input) {
        float scale = input.field(Activations.SCALE);
        int first = dot(block, r, 0, input.a, input.values());
        int last = dot(block, r, 16, input.a, input.values());
        return switch (block.dtype()) {
            case Q4_0, Q5_0, Q8_0, IQ4_NL, LUT4_32, FP4_32 ->
                    Math.fma(block.firstScales[r] * scale, (float) (first + last), acc);
            case Q4_1, Q5_1, Q4_K, Q5_K -> {
                acc = Math.fma(block.firstScales[r] * scale, (float) (first + last), acc);
                yield Math.fma(block.minimums[r], input.field(Activations.SCALED_SUM), acc);
            }
            case Q2_K -> {
                float firstSum = scale * input.sum(Activations.START_FIRST_HALF);
                float lastSum = scale * input.sum(Activations.START_LAST_HALF);
                acc = Math.fma(block.firstScales[r] * scale, (float) first, acc);
                acc = Math.fma(block.minimums[r], firstSum, acc);
                acc = Math.fma(block.lastScales[r] * scale, (float) last, acc);
                yield Math.fma(block.lastMinimums[r], lastSum, acc);
            }
            case Q6_K, LUT4_16, INT3_16, FP4_16 -> {
                acc = Math.fma(block.firstScales[r] * scale, (float) first, acc);
                yield Math.fma(block.lastScales[r] * scale, (float) last, acc);
            }
            case F16, BF16, F32, BF16_PAIRS ->
                    throw new IllegalArgumentException(block.dtype() + " has no blocks");
        };
    }

    private static int dot(GroupBlock block, int r, int from, Activations a, long values) {
        int sum = 0;
        for (int k = from; k < from + 16; k++) {
            sum += block.codes[r * 32 + k] * a.quantized().get(JAVA_BYTE, values + k);
        }
        return sum;
    }

    private static void multiplyFloats(PackedMatrix w, int group, Activations a, Fp32Rows out) {
        for (int row = 0; row < a.rows(); row++) {
            for (int r = 0; r < 16; r++) {
                float acc = 0;
                for (int k = 0; k < w.columns(); k++) {
                    float x = a.values().getAtIndex(JAVA_FLOAT, (long) row * a.stride() + k);
                    acc = Math.fma(weight(w, group, k, r), x, acc);
                }
                out.values()
                        .setAtIndex(JAVA_FLOAT, (long) row * out.stride() + 16L * group + r, acc);
            }
        }
    }

    private static float weight(PackedMatrix w, int group, int column, int r) {
        long index = ((long) group * w.columns() + column) * 16 + r;
        return switch (w.dtype()) {
            case F32 -> w.data().getAtIndex(JAVA_FLOAT, index);
            case F16 -> Float.float16ToFloat(w.data().getAtIndex(JAVA_SHORT, index));
            case BF16 -> Float.intBitsToFloat(w.data().getAtIndex(JAVA_SHORT, index) << 16);
            case Q4_0,
                    Q4_1,
                    Q5_0,
                    Q5_1,
                    Q8_0,
                    Q2_K,
                    Q4_K,
                    Q5_K,
                    Q6_K,
                    LUT4_32,
                    LUT4_16,
                    INT3_16,
                    IQ4_NL,
                    FP4_32,
                    FP4_16,
                    BF16_PAIRS ->
                    throw new IllegalArgumentException(w.dtype() + " has blocks");
        };
    }
}

package tramontane.kernel.vector;

import static tramontane.kernel.vector.VectorWidth.FLOATS;
import static tramontane.kernel.vector.VectorWidth.LANES;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import tramontane.kernel.Activations;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.PackedMatrix;
import tramontane.tensor.DType;

/**
 * Matmul of one or two rows with quantized weights. Unpacking the weights to floats would not pay
 * for so few rows, so this reads the packed bytes once, in order. An instance has the buffers of
 * one thread.
 *
 * <pre>
 * acts, for each block:  16 pairs from VectorWeights.pairs, scale, scale * sum, start value(s);
 *                        Q2_K: scale * sum of the first 16 and of the last 16 in place of the last three
 * </pre>
 */
final class VectorDecode {
    static final int SCALE = 16;
    static final int SCALED_SUM = 17;
    static final int START = 18;
    static final int LAST_START = 19;
    private static final int BLOCK = 20;

    private static final int ROWS = VectorPanel.ROWS;

    private int[] acts = new int[0];
    private final float[] dots = new float[2 * ROWS];

    /** Scales of a block, then its minimums or second scales; Q2_K: two scales, two minimums. */
    private final float[] scales = new float[4 * ROWS];

    /** The same for a block of 256 columns, before multiplication with the factors. */
    private final float[] outer = new float[2 * ROWS];

    private final float[] sums = new float[ROWS];
    private final VectorLookups lookups = new VectorLookups();

    void multiply(PackedMatrix w, int groupFrom, int groupTo, Activations a, Fp32Rows out) {
        for (int row = 0; row < a.rows(); row++) {
            readRow(a, row, w.dtype());
            for (int group = groupFrom; group < groupTo; group++) {
                Arrays.fill(sums, 0f);
                multiplyGroup(w.dtype(), w.data(), group * w.groupBytes(), a.blocks());
                long target = 4 * ((long) row * out.stride() + (long) group * ROWS);
                MemorySegment.copy(sums, 0, out.values(), ValueLayout.JAVA_FLOAT, target, ROWS);
            }
        }
    }

    private void readRow(Activations a, int row, DType dtype) {
        if (acts.length < a.blocks() * BLOCK) {
            acts = new int[a.blocks() * BLOCK];
        }
        MemorySegment q = a.quantized();
        int start = startField(dtype);
        long height = a.tileHeight(row / a.tileRows());
        long inTile = row % a.tileRows();
        long at = a.blockOffset(row, 0);
        for (int b = 0; b < a.blocks(); b++, at += height * Activations.BLOCK_ROW_BYTES) {
            int to = b * BLOCK;
            VectorWeights.pairs(q, at + 32 * inTile, acts, to);
            acts[to + SCALE] =
                    q.get(ValueLayout.JAVA_INT, at + height * Activations.SCALE + 4 * inTile);
            acts[to + SCALED_SUM] =
                    q.get(ValueLayout.JAVA_INT, at + height * Activations.SCALED_SUM + 4 * inTile);
            acts[to + START] =
                    start == 0 ? 0 : q.get(ValueLayout.JAVA_INT, at + height * start + 4 * inTile);
            acts[to + LAST_START] =
                    q.get(
                            ValueLayout.JAVA_INT,
                            at + height * Activations.START_LAST_HALF + 4 * inTile);
            if (dtype == DType.INT3_16) {
                // The offset is 4; the start values are for Q6_K, whose offset is 32.
                acts[to + START] /= 8;
                acts[to + LAST_START] /= 8;
            }
            if (dtype == DType.Q2_K) {
                float scale = Float.intBitsToFloat(acts[to + SCALE]);
                acts[to + SCALED_SUM] = Float.floatToRawIntBits(scale * (acts[to + START] / -32));
                acts[to + LAST_START] =
                        Float.floatToRawIntBits(scale * (acts[to + LAST_START] / -32));
            }
        }
    }

    /** The field with the start value of a format's sums; 0 if the sums start at 0. */
    private static int startField(DType dtype) {
        return switch (dtype) {
            case Q4_0 -> Activations.START_8;
            case Q5_0 -> Activations.START_16;
            case Q2_K, Q6_K, INT3_16 -> Activations.START_FIRST_HALF;
            case Q4_1, Q5_1, Q8_0, Q4_K, Q5_K, F16, BF16, F32, BF16_PAIRS -> 0;
            case IQ4_NL, LUT4_32, LUT4_16, FP4_32, FP4_16 -> 0;
        };
    }

    private void multiplyGroup(DType dtype, MemorySegment w, long group, int blocks) {
        int bytes = PackedMatrix.groupBlockBytes(dtype);
        switch (dtype) {
            case Q4_0, Q4_1 -> multiplyNibbles(w, group, blocks, bytes, dtype == DType.Q4_1);
            case IQ4_NL, FP4_32, FP4_16 -> multiplyTableCodes(dtype, w, group, blocks);
            case Q5_0, Q5_1 -> multiplyFives(w, group, blocks, bytes, dtype == DType.Q5_1);
            case Q8_0 -> multiplyBytes(w, group, blocks, bytes);
            case Q2_K -> multiplyQ2K(w, group, blocks, bytes);
            case Q4_K -> multiplyQ4K(w, group, blocks, bytes);
            case Q5_K -> multiplyQ5K(w, group, blocks, bytes);
            case Q6_K, INT3_16 -> multiplySignedFactors(dtype, w, group, blocks);
            case LUT4_32 -> multiplyLut4(w, group, blocks, 1);
            case LUT4_16 -> multiplyLut4(w, group, blocks, 2);
            case F16, BF16, F32, BF16_PAIRS ->
                    throw new IllegalArgumentException(dtype + " has no blocks");
        }
    }

    private void multiplyNibbles(
            MemorySegment w, long group, int blocks, int bytes, boolean hasMinimum) {
        for (int b = 0; b < blocks; b++) {
            long at = group + (long) b * bytes;
            VectorDots.nibbles(w, at, acts, b * BLOCK, dots);
            VectorWeights.halves(w, at + 256, ROWS, scales, 0);
            add(b, 0);
            if (hasMinimum) {
                VectorWeights.halves(w, at + 288, ROWS, scales, ROWS);
                addMinimum(b);
            }
        }
    }

    private void multiplyTableCodes(DType dtype, MemorySegment w, long group, int blocks) {
        int bytes = PackedMatrix.groupBlockBytes(dtype);
        lookups.table(dtype);
        for (int b = 0; b < blocks; b++) {
            long at = group + (long) b * bytes;
            if (dtype == DType.FP4_16) {
                lookups.halves(w, at, acts, b * BLOCK, dots);
                VectorWeights.halves(w, at + 256, 2 * ROWS, scales, 0);
                add(b, 0);
                add(b, ROWS);
            } else {
                lookups.whole(w, at, acts, b * BLOCK, dots);
                VectorWeights.halves(w, at + 256, ROWS, scales, 0);
                add(b, 0);
            }
        }
    }

    private void multiplyFives(
            MemorySegment w, long group, int blocks, int bytes, boolean hasMinimum) {
        for (int b = 0; b < blocks; b++) {
            long at = group + (long) b * bytes;
            VectorDots.fives(w, at, acts, b * BLOCK, dots);
            VectorWeights.halves(w, at + 320, ROWS, scales, 0);
            add(b, 0);
            if (hasMinimum) {
                VectorWeights.halves(w, at + 352, ROWS, scales, ROWS);
                addMinimum(b);
            }
        }
    }

    private void multiplyBytes(MemorySegment w, long group, int blocks, int bytes) {
        for (int b = 0; b < blocks; b++) {
            long at = group + (long) b * bytes;
            VectorDots.bytes(w, at, acts, b * BLOCK, dots);
            VectorWeights.halves(w, at + 512, ROWS, scales, 0);
            add(b, 0);
        }
    }

    private void multiplyQ2K(MemorySegment w, long group, int blocks, int bytes) {
        for (int b = 0; b < blocks; b++) {
            long at = group + (long) (b / 8) * bytes;
            readOuter(w, at, b);
            long part = at + 64 + b % 8 * 160L;
            VectorDots.twos(w, part, acts, b * BLOCK, dots);
            for (int half = 0; half < 2; half++) {
                VectorWeights.timesNibbleFactors(
                        w, part + 128 + 16 * half, outer, scales, half * ROWS);
                add(b, half * ROWS);
                addMinimum(b, (2 + half) * ROWS, half == 0 ? SCALED_SUM : LAST_START);
            }
        }
    }

    private void multiplyLut4(MemorySegment w, long group, int blocks, int factors) {
        int partBytes = 256 + 16 * factors;
        for (int b = 0; b < blocks; b++) {
            long at = group + b / 8 * (80L + 8 * partBytes);
            if (b % 8 == 0) {
                MemorySegment.copy(w, ValueLayout.JAVA_FLOAT_UNALIGNED, at, outer, 0, ROWS);
                lookups.readTable(w, at + 64);
            }
            long part = at + 80 + (long) b % 8 * partBytes;
            if (factors == 1) {
                lookups.whole(w, part, acts, b * BLOCK, dots);
            } else {
                lookups.halves(w, part, acts, b * BLOCK, dots);
            }
            for (int half = 0; half < factors; half++) {
                VectorWeights.timesSignedFactors(
                        w, part + 256 + 16 * half, outer, scales, half * ROWS);
                add(b, half * ROWS);
            }
        }
    }

    private void multiplyQ4K(MemorySegment w, long group, int blocks, int bytes) {
        for (int b = 0; b < blocks; b++) {
            long at = group + (long) (b / 8) * bytes;
            readOuter(w, at, b);
            long part = at + 64 + b % 8 * 288L;
            VectorDots.nibbles(w, part, acts, b * BLOCK, dots);
            readFactors(w, part + 256);
            add(b, 0);
            addMinimum(b);
        }
    }

    private void multiplyQ5K(MemorySegment w, long group, int blocks, int bytes) {
        for (int b = 0; b < blocks; b++) {
            long at = group + (long) (b / 8) * bytes;
            readOuter(w, at, b);
            long part = at + 64 + b % 8 * 352L;
            VectorDots.fives(w, part, acts, b * BLOCK, dots);
            readFactors(w, part + 320);
            add(b, 0);
            addMinimum(b);
        }
    }

    private void readOuter(MemorySegment w, long at, int block) {
        if (block % 8 == 0) {
            VectorWeights.halves(w, at, 2 * ROWS, outer, 0);
        }
    }

    private void readFactors(MemorySegment w, long factors) {
        VectorWeights.timesFactors(w, factors, outer, scales, 0);
        VectorWeights.negate(scales, ROWS);
    }

    /** Q6_K and INT3_16, which have a signed factor for each 16 columns. */
    private void multiplySignedFactors(DType dtype, MemorySegment w, long group, int blocks) {
        int bytes = PackedMatrix.groupBlockBytes(dtype);
        int factors = dtype == DType.Q6_K ? 384 : 192;
        for (int b = 0; b < blocks; b++) {
            long at = group + (long) (b / 8) * bytes;
            if (b % 8 == 0) {
                VectorWeights.halves(w, at, ROWS, outer, 0);
            }
            long part = at + 32 + b % 8 * (factors + 32L);
            if (dtype == DType.Q6_K) {
                VectorDots.sixes(w, part, acts, b * BLOCK, dots);
            } else {
                VectorDots.threes(w, part, acts, b * BLOCK, dots);
            }
            VectorWeights.timesSignedFactors(w, part + factors, outer, scales, 0);
            VectorWeights.timesSignedFactors(w, part + factors + 16, outer, scales, ROWS);
            add(b, 0);
            add(b, ROWS);
        }
    }

    /**
     * Adds the dot products of a block, times the weight scales and the activation scale. Dot
     * products and weight scales start at {@code from}.
     */
    private void add(int block, int from) {
        float scale = Float.intBitsToFloat(acts[block * BLOCK + SCALE]);
        for (int lane = 0; lane < ROWS; lane += LANES) {
            FloatVector.fromArray(FLOATS, scales, from + lane)
                    .mul(scale)
                    .fma(
                            FloatVector.fromArray(FLOATS, dots, from + lane),
                            FloatVector.fromArray(FLOATS, sums, lane))
                    .intoArray(sums, lane);
        }
    }

    private void addMinimum(int block) {
        addMinimum(block, ROWS, SCALED_SUM);
    }

    /** Adds the minimums at {@code from}, times the scaled sum in {@code field} of the block. */
    private void addMinimum(int block, int from, int field) {
        float scaledSum = Float.intBitsToFloat(acts[block * BLOCK + field]);
        for (int lane = 0; lane < ROWS; lane += LANES) {
            FloatVector.fromArray(FLOATS, scales, from + lane)
                    .fma(
                            FloatVector.broadcast(FLOATS, scaledSum),
                            FloatVector.fromArray(FLOATS, sums, lane))
                    .intoArray(sums, lane);
        }
    }
}

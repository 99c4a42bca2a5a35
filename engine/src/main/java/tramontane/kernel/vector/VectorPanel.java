package tramontane.kernel.vector;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static tramontane.kernel.vector.VectorWidth.INTS;
import static tramontane.kernel.vector.VectorWidth.LANES;
import static tramontane.kernel.vector.VectorWidth.SHORTS;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import tramontane.kernel.CodeTable;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.WeightBlock;
import tramontane.tensor.DType;

/**
 * Some columns of a group, unpacked once for many rows of activations. An instance has the buffers
 * of one thread.
 *
 * <pre>
 * pairs   codes of up to six bits, for each block:  [16][16 rows][2] shorts, code minus offset, in the order of
 *         {@link VectorWeights#pairs}. Q5_1 and Q5_K have no offset; 16 is subtracted, so that 16 products fit
 * floats  Q8_0, IQ4_NL, LUT4, for each block:  [32 columns][16 rows] code minus offset;  floating-point: [columns][16 rows] weights
 * scales  for each block:  [16 rows] scale times factor; Q2_K, Q6_K, LUT4_16, INT3_16, FP4_16: of the first 16 columns
 *                          [16 rows] signed minimum; Q2_K, Q6_K, LUT4_16, INT3_16, FP4_16: scale of the last 16 columns
 *                          [16 rows] Q2_K: signed minimum of the first 16 columns
 *                          [16 rows] Q2_K: signed minimum of the last 16 columns
 * </pre>
 *
 * The sum of the products of a block is below 2^24 in magnitude, so floats represent it exactly, in
 * any order of summation.
 */
final class VectorPanel {
    static final int ROWS = PackedMatrix.GROUP_ROWS;

    /** Capacity in blocks. */
    static final int BLOCKS = 16;

    /** Elements of a block in each array. */
    static final int CODES = 32 * ROWS;

    static final int SCALES = 4 * ROWS;

    private static final IntVector NIBBLES = IntVector.broadcast(INTS, 0x0f0f0f0f);

    final short[] pairs = new short[BLOCKS * CODES];
    final float[] floats = new float[BLOCKS * CODES];
    final float[] scales = new float[BLOCKS * SCALES];

    /** The codes of a block, one byte each, in eight lines of four columns, like packed Q8_0. */
    private final int[] codes = new int[8 * ROWS];

    /** Scales and minimums of a block of 256 columns. */
    private final float[] outer = new float[2 * ROWS];

    /** The look-up table of a format, in the first 16 bytes. */
    private final byte[] table = new byte[VectorWeights.TABLE_BYTES];

    /** Unpacks columns {@code from} to {@code to} of the group at {@code group}. */
    void unpack(PackedMatrix w, long group, int from, int to) {
        int count = (to - from) * ROWS;
        if (CodeTable.has(w.dtype())) {
            CodeTable.write(w.dtype(), WeightBlock.offset(w.dtype()), table);
        }
        switch (w.dtype()) {
            case F16 -> VectorWeights.halves(w.data(), group + from * 32L, count, floats, 0);
            case BF16 -> VectorWeights.bfloats(w.data(), group + from * 32L, count, floats, 0);
            case F32 ->
                    MemorySegment.copy(
                            w.data(), ValueLayout.JAVA_FLOAT, group + from * 64L, floats, 0, count);
            case Q8_0 -> {
                for (int b = from / 32; b < to / 32; b++) {
                    unpackBytes(w.data(), group + b * 544L, b - from / 32);
                }
            }
            case IQ4_NL -> {
                for (int b = from / 32; b < to / 32; b++) {
                    int p = b - from / 32;
                    unpackBlock(w, group, b, p);
                    widen(codes, WeightBlock.offset(w.dtype()), floats, p * CODES);
                }
            }
            case LUT4_32, LUT4_16 -> {
                for (int b = from / 32; b < to / 32; b++) {
                    unpackLut4(w, group, b, b - from / 32);
                }
            }
            case Q4_0, Q4_1, Q5_0, Q5_1, Q2_K, Q4_K, Q5_K, Q6_K, INT3_16, FP4_32, FP4_16 -> {
                for (int b = from / 32; b < to / 32; b++) {
                    unpackBlock(w, group, b, b - from / 32);
                    split(codes, offset(w.dtype()), pairs, (b - from / 32) * CODES);
                }
            }
        }
    }

    /**
     * The number that is subtracted from a code here. For formats without an offset, the start
     * value of the activations adds it back.
     */
    static int offset(DType dtype) {
        return dtype == DType.Q5_1 || dtype == DType.Q5_K ? 16 : WeightBlock.offset(dtype);
    }

    /** True for formats whose codes have eight bits. */
    static boolean isInFloats(DType dtype) {
        return switch (dtype) {
            case Q8_0, IQ4_NL, LUT4_32, LUT4_16, F16, BF16, F32, BF16_PAIRS -> true;
            case Q4_0, Q4_1, Q5_0, Q5_1, Q2_K, Q4_K, Q5_K, Q6_K, INT3_16, FP4_32, FP4_16 -> false;
        };
    }

    private void unpackBytes(MemorySegment w, long at, int b) {
        MemorySegment.copy(w, ValueLayout.JAVA_INT, at, codes, 0, codes.length);
        VectorWeights.halves(w, at + 512, ROWS, scales, b * SCALES);
        widen(codes, WeightBlock.offset(DType.Q8_0), floats, b * CODES);
    }

    private void unpackLut4(PackedMatrix w, long group, int b, int to) {
        int factors = w.dtype() == DType.LUT4_32 ? 1 : 2;
        MemorySegment data = w.data();
        long at = group + (long) (b / 8) * PackedMatrix.groupBlockBytes(w.dtype());
        long part = at + 80 + b % 8 * (256L + 16 * factors);
        readNibbles(data, part, codes);
        MemorySegment.copy(data, ValueLayout.JAVA_BYTE, at + 64, table, 0, 16);
        VectorWeights.lookUp(table, codes);
        MemorySegment.copy(data, ValueLayout.JAVA_FLOAT_UNALIGNED, at, outer, 0, ROWS);
        for (int i = 0; i < factors; i++) {
            int p = to * SCALES + i * ROWS;
            VectorWeights.timesSignedFactors(data, part + 256 + 16 * i, outer, scales, p);
        }
        widen(codes, WeightBlock.offset(w.dtype()), floats, to * CODES);
    }

    private void unpackBlock(PackedMatrix w, long group, int b, int to) {
        int p = to * SCALES;
        MemorySegment data = w.data();
        long at = group + (long) b * PackedMatrix.groupBlockBytes(w.dtype());
        long outerAt = group + (long) (b / 8) * PackedMatrix.groupBlockBytes(w.dtype());
        switch (w.dtype()) {
            case Q4_0, Q4_1 -> {
                readNibbles(data, at, codes);
                readScales(data, at + 256, w.dtype() == DType.Q4_1, p);
            }
            case IQ4_NL, FP4_32, FP4_16 -> {
                readNibbles(data, at, codes);
                VectorWeights.lookUp(table, codes);
                readScales(data, at + 256, w.dtype() == DType.FP4_16, p);
            }
            case Q5_0, Q5_1 -> {
                readNibbles(data, at, codes);
                addFifths(data, at + 256, codes);
                readScales(data, at + 320, w.dtype() == DType.Q5_1, p);
            }
            case Q2_K -> {
                long part = outerAt + 64 + b % 8 * 160L;
                readTwos(data, part, codes);
                VectorWeights.halves(data, outerAt, 2 * ROWS, outer, 0);
                for (int half = 0; half < 2; half++) {
                    VectorWeights.timesNibbleFactors(
                            data, part + 128 + 16 * half, outer, scales, p + half * ROWS);
                }
            }
            case Q4_K -> {
                long part = outerAt + 64 + b % 8 * 288L;
                readNibbles(data, part, codes);
                readFactors(data, outerAt, part + 256, p);
            }
            case Q5_K -> {
                long part = outerAt + 64 + b % 8 * 352L;
                readNibbles(data, part, codes);
                addFifths(data, part + 256, codes);
                readFactors(data, outerAt, part + 320, p);
            }
            case Q6_K -> {
                long part = outerAt + 32 + b % 8 * 416L;
                readNibbles(data, part, codes);
                addPairs(data, part + 256, codes);
                readSignedFactors(data, outerAt, part + 384, p);
            }
            case INT3_16 -> {
                long part = outerAt + 32 + b % 8 * 224L;
                readThrees(data, part, codes);
                readSignedFactors(data, outerAt, part + 192, p);
            }
            case Q8_0, LUT4_32, LUT4_16, F16, BF16, F32, BF16_PAIRS ->
                    throw new IllegalArgumentException(
                            w.dtype() + " has no codes of up to six bits");
        }
    }

    private void readScales(MemorySegment w, long at, boolean hasSecond, int p) {
        VectorWeights.halves(w, at, ROWS, scales, p);
        if (hasSecond) {
            VectorWeights.halves(w, at + 32, ROWS, scales, p + ROWS);
        }
    }

    private void readFactors(MemorySegment w, long outerAt, long factors, int p) {
        VectorWeights.halves(w, outerAt, 2 * ROWS, outer, 0);
        VectorWeights.timesFactors(w, factors, outer, scales, p);
        VectorWeights.negate(scales, p + ROWS);
    }

    private void readSignedFactors(MemorySegment w, long outerAt, long factors, int p) {
        VectorWeights.halves(w, outerAt, ROWS, outer, 0);
        VectorWeights.timesSignedFactors(w, factors, outer, scales, p);
        VectorWeights.timesSignedFactors(w, factors + 16, outer, scales, p + ROWS);
    }

    private static void readNibbles(MemorySegment w, long at, int[] codes) {
        for (int i = 0; i < 4 * ROWS; i += LANES) {
            IntVector x = IntVector.fromMemorySegment(INTS, w, at + 4L * i, LITTLE_ENDIAN);
            x.and(NIBBLES).intoArray(codes, i);
            x.lanewise(VectorOperators.LSHR, 4).and(NIBBLES).intoArray(codes, 4 * ROWS + i);
        }
    }

    private static void readTwos(MemorySegment w, long at, int[] codes) {
        for (int i = 0; i < 8 * ROWS; i += LANES) {
            int line = i / ROWS;
            IntVector.fromMemorySegment(INTS, w, at + line / 4 * 64 + i % ROWS * 4, LITTLE_ENDIAN)
                    .lanewise(VectorOperators.LSHR, line % 4 * 2)
                    .and(0x03030303)
                    .intoArray(codes, i);
        }
    }

    private static void readThrees(MemorySegment w, long at, int[] codes) {
        for (int i = 0; i < 2 * ROWS; i += LANES) {
            int half = i / ROWS;
            int to = 3 * half * ROWS + i;
            long lane = at + i % ROWS * 4;
            IntVector x = IntVector.fromMemorySegment(INTS, w, at + 4L * i, LITTLE_ENDIAN);
            IntVector y = IntVector.fromMemorySegment(INTS, w, lane + 128, LITTLE_ENDIAN);
            x.and(0x07070707).intoArray(codes, to);
            x.lanewise(VectorOperators.LSHR, 3).and(0x07070707).intoArray(codes, to + ROWS);
            x.lanewise(VectorOperators.LSHR, 6)
                    .and(0x03030303)
                    .or(y.lanewise(VectorOperators.LSHR, 4 + half).and(0x04040404))
                    .intoArray(codes, to + 2 * ROWS);
            y.lanewise(VectorOperators.LSHR, 3 * half)
                    .and(0x07070707)
                    .intoArray(codes, to + 3 * ROWS);
        }
    }

    private static void addFifths(MemorySegment w, long at, int[] codes) {
        for (int lane = 0; lane < ROWS; lane += LANES) {
            IntVector fifths = IntVector.fromMemorySegment(INTS, w, at + 4L * lane, LITTLE_ENDIAN);
            for (int i = lane; i < 4 * ROWS; i += ROWS) {
                fifths.lanewise(VectorOperators.LSHL, 4)
                        .and(0x10101010)
                        .or(IntVector.fromArray(INTS, codes, i))
                        .intoArray(codes, i);
                fifths.lanewise(VectorOperators.LSHL, 3)
                        .and(0x10101010)
                        .or(IntVector.fromArray(INTS, codes, 4 * ROWS + i))
                        .intoArray(codes, 4 * ROWS + i);
                fifths = fifths.lanewise(VectorOperators.LSHR, 2);
            }
        }
    }

    private static void addPairs(MemorySegment w, long at, int[] codes) {
        for (int i = 0; i < 4 * ROWS; i += LANES) {
            int line = i / ROWS;
            IntVector pairs =
                    IntVector.fromMemorySegment(
                                    INTS, w, at + line / 2 * 64 + i % ROWS * 4, LITTLE_ENDIAN)
                            .lanewise(VectorOperators.LSHR, line % 2 * 4);
            pairs.lanewise(VectorOperators.LSHL, 4)
                    .and(0x30303030)
                    .or(IntVector.fromArray(INTS, codes, i))
                    .intoArray(codes, i);
            pairs.lanewise(VectorOperators.LSHL, 2)
                    .and(0x30303030)
                    .or(IntVector.fromArray(INTS, codes, 4 * ROWS + i))
                    .intoArray(codes, 4 * ROWS + i);
        }
    }

    /** Separates the even and the odd columns of each line. */
    private static void split(int[] codes, int offset, short[] panel, int p) {
        ShortVector o = ShortVector.broadcast(SHORTS, (short) offset);
        for (int line = 0; line < 8; line++) {
            int to = p + (line / 4 * 8 + line % 4) * 2 * ROWS;
            for (int lane = 0; lane < ROWS; lane += LANES) {
                ShortVector x =
                        IntVector.fromArray(INTS, codes, line * ROWS + lane).reinterpretAsShorts();
                x.and((short) 0xff).sub(o).intoArray(panel, to + 2 * lane);
                x.lanewise(VectorOperators.LSHR, 8)
                        .sub(o)
                        .intoArray(panel, to + 8 * ROWS + 2 * lane);
            }
        }
    }

    /** Separates the four columns of each line. */
    private static void widen(int[] codes, int offset, float[] panel, int p) {
        IntVector o = IntVector.broadcast(INTS, offset);
        for (int line = 0; line < 8; line++) {
            for (int lane = 0; lane < ROWS; lane += LANES) {
                int to = p + 4 * line * ROWS + lane;
                IntVector x = IntVector.fromArray(INTS, codes, line * ROWS + lane);
                ((FloatVector) x.and(0xff).sub(o).convert(VectorOperators.I2F, 0))
                        .intoArray(panel, to);
                ((FloatVector)
                                x.lanewise(VectorOperators.LSHR, 8)
                                        .and(0xff)
                                        .sub(o)
                                        .convert(VectorOperators.I2F, 0))
                        .intoArray(panel, to + ROWS);
                ((FloatVector)
                                x.lanewise(VectorOperators.LSHR, 16)
                                        .and(0xff)
                                        .sub(o)
                                        .convert(VectorOperators.I2F, 0))
                        .intoArray(panel, to + 2 * ROWS);
                ((FloatVector)
                                x.lanewise(VectorOperators.LSHR, 24)
                                        .sub(o)
                                        .convert(VectorOperators.I2F, 0))
                        .intoArray(panel, to + 3 * ROWS);
            }
        }
    }
}

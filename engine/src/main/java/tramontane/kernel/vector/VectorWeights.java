package tramontane.kernel.vector;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static tramontane.kernel.vector.VectorWidth.FLOATS;
import static tramontane.kernel.vector.VectorWidth.INTS;
import static tramontane.kernel.vector.VectorWidth.LANES;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import tramontane.kernel.PackedMatrix;

/** Converts the small numbers of layout R16 to fp32, at least sixteen at a time. */
final class VectorWeights {
    private static final int ROWS = PackedMatrix.GROUP_ROWS;
    private static final VectorSpecies<Short> HALVES =
            VectorSpecies.of(short.class, VectorShape.forBitSize(VectorWidth.BITS / 2));
    private static final VectorSpecies<Byte> FACTORS =
            VectorSpecies.of(
                    byte.class, VectorShape.forBitSize(Math.max(64, VectorWidth.BITS / 4)));
    static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(VectorWidth.BITS));

    /** A table of 16 bytes is kept in an array as long as the widest vector. */
    static final int TABLE_BYTES = 64;

    private static final IntVector BYTE_SHIFTS = IntVector.zero(INTS).addIndex(8);

    private VectorWeights() {}

    /**
     * Converts {@code count} fp16 numbers. No intermediate operand is subnormal; that would cost a
     * hundred cycles.
     */
    static void halves(MemorySegment w, long at, int count, float[] out, int p) {
        for (int i = 0; i < count; i += LANES) {
            IntVector bits =
                    (IntVector)
                            ShortVector.fromMemorySegment(HALVES, w, at + 2L * i, LITTLE_ENDIAN)
                                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
            IntVector magnitude = bits.and(0x7fff).lanewise(VectorOperators.LSHL, 13);
            FloatVector subnormal = magnitude.add(113 << 23).reinterpretAsFloats().sub(0x1p-14f);
            IntVector finite =
                    magnitude
                            .add(112 << 23)
                            .blend(
                                    subnormal.reinterpretAsInts(),
                                    magnitude.compare(VectorOperators.LT, 1 << 23));
            IntVector value =
                    finite.blend(
                            magnitude.add(224 << 23),
                            magnitude.compare(VectorOperators.GE, 31 << 23));
            bits.lanewise(VectorOperators.LSHL, 16)
                    .and(0x80000000)
                    .or(value)
                    .reinterpretAsFloats()
                    .intoArray(out, p + i);
        }
    }

    /** Converts {@code count} bfloat16 numbers. */
    static void bfloats(MemorySegment w, long at, int count, float[] out, int p) {
        for (int i = 0; i < count; i += LANES) {
            ((IntVector)
                            ShortVector.fromMemorySegment(HALVES, w, at + 2L * i, LITTLE_ENDIAN)
                                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0))
                    .lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats()
                    .intoArray(out, p + i);
        }
    }

    /**
     * {@code out[p + i] = x[i] * factor i} for 32 unsigned bytes: 16 factors of scales, then 16 of
     * minimums. The products are exact.
     */
    static void timesFactors(MemorySegment w, long at, float[] x, float[] out, int p) {
        for (int lane = 0; lane < 2 * ROWS; lane += LANES) {
            FloatVector.fromArray(FLOATS, x, lane)
                    .mul(unsignedBytes(w, at + lane).convert(VectorOperators.I2F, 0))
                    .intoArray(out, p + lane);
        }
    }

    private static IntVector unsignedBytes(MemorySegment w, long at) {
        if (LANES == 4) {
            // The Vector API has no vectors of four bytes.
            return IntVector.broadcast(INTS, w.get(ValueLayout.JAVA_INT_UNALIGNED, at))
                    .lanewise(VectorOperators.LSHR, BYTE_SHIFTS)
                    .and(0xff);
        }
        return (IntVector)
                ByteVector.fromMemorySegment(FACTORS, w, at, LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
    }

    /** The same for 16 signed bytes. */
    static void timesSignedFactors(MemorySegment w, long at, float[] x, float[] out, int p) {
        for (int lane = 0; lane < ROWS; lane += LANES) {
            IntVector factors;
            if (LANES == 4) {
                factors =
                        IntVector.broadcast(INTS, w.get(ValueLayout.JAVA_INT, at + lane))
                                .lanewise(VectorOperators.LSHR, BYTE_SHIFTS)
                                .lanewise(VectorOperators.LSHL, 24)
                                .lanewise(VectorOperators.ASHR, 24);
            } else {
                factors =
                        (IntVector)
                                ByteVector.fromMemorySegment(FACTORS, w, at + lane, LITTLE_ENDIAN)
                                        .convertShape(VectorOperators.B2I, INTS, 0);
            }
            FloatVector.fromArray(FLOATS, x, lane)
                    .mul(factors.convert(VectorOperators.I2F, 0))
                    .intoArray(out, p + lane);
        }
    }

    /**
     * Factors of Q2_K, which are halves of 16 bytes: {@code out[p + i] = x[i] * low half i}, and
     * {@code out[p + 32 + i] = -x[16 + i] * high half i}.
     */
    static void timesNibbleFactors(MemorySegment w, long at, float[] x, float[] out, int p) {
        for (int lane = 0; lane < ROWS; lane += LANES) {
            IntVector factors = unsignedBytes(w, at + lane);
            FloatVector.fromArray(FLOATS, x, lane)
                    .mul(factors.and(15).convert(VectorOperators.I2F, 0))
                    .intoArray(out, p + lane);
            FloatVector.fromArray(FLOATS, x, ROWS + lane)
                    .mul(factors.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0))
                    .neg()
                    .intoArray(out, p + 2 * ROWS + lane);
        }
    }

    /**
     * Replaces each byte of {@code indices}, which is below 16, by the byte of the table at this
     * index.
     *
     * @param table {@link #TABLE_BYTES} bytes
     */
    static void lookUp(byte[] table, int[] indices) {
        ByteVector values = ByteVector.fromArray(BYTES, table, 0);
        for (int i = 0; i < indices.length; i += LANES) {
            IntVector.fromArray(INTS, indices, i)
                    .reinterpretAsBytes()
                    .selectFrom(values)
                    .reinterpretAsInts()
                    .intoArray(indices, i);
        }
    }

    static void negate(float[] x, int p) {
        for (int lane = 0; lane < ROWS; lane += LANES) {
            FloatVector.fromArray(FLOATS, x, p + lane).neg().intoArray(x, p + lane);
        }
    }

    /**
     * Converts 32 int8 to 16 ints. Each holds the two values that are multiplied with the two short
     * lanes of a line of packed weights.
     *
     * <pre>
     * i = 0..3:  out[i] = (q[4 i], q[4 i + 2])   out[4 + i] = (q[4 i + 1], q[4 i + 3])
     *            out[8 + i], out[12 + i]: the same for columns 16 + 4 i
     * </pre>
     */
    static void pairs(MemorySegment q, long at, int[] out, int p) {
        for (int half = 0; half < 2; half++) {
            ShortVector x =
                    ShortVector.fromMemorySegment(
                            ShortVector.SPECIES_128, q, at + 16 * half, LITTLE_ENDIAN);
            x.lanewise(VectorOperators.LSHL, 8)
                    .lanewise(VectorOperators.ASHR, 8)
                    .reinterpretAsInts()
                    .intoArray(out, p + 8 * half);
            x.lanewise(VectorOperators.ASHR, 8)
                    .reinterpretAsInts()
                    .intoArray(out, p + 8 * half + 4);
        }
    }
}

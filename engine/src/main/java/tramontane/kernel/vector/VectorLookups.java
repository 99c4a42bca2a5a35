package tramontane.kernel.vector;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static tramontane.kernel.vector.VectorWidth.INTS;
import static tramontane.kernel.vector.VectorWidth.LANES;
import static tramontane.kernel.vector.VectorWidth.SHORTS;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import tramontane.kernel.CodeTable;
import tramontane.kernel.PackedMatrix;
import tramontane.tensor.DType;

/**
 * Dot products of one block of a format with a look-up table, like those of {@link VectorDots}. An
 * instance has the buffers of one thread.
 */
final class VectorLookups {
    private static final int ROWS = PackedMatrix.GROUP_ROWS;
    private static final ShortVector NIBBLES = ShortVector.broadcast(SHORTS, (short) 0x0f0f);
    private static final ShortVector SIGNS = ShortVector.broadcast(SHORTS, (short) 0x8080);

    /** The look-up table in the first 16 bytes: values plus 128. */
    private final byte[] table = new byte[VectorWeights.TABLE_BYTES];

    /** Dot products of the first 16 columns, then of the last 16. */
    private final int[] halves = new int[2 * ROWS];

    void readTable(MemorySegment w, long at) {
        MemorySegment.copy(w, ValueLayout.JAVA_BYTE, at, table, 0, 16);
    }

    /** Takes the table of a format that has one. */
    void table(DType dtype) {
        CodeTable.write(dtype, 128, table);
    }

    /** The dot products of all 32 columns. */
    void whole(MemorySegment w, long at, int[] acts, int a, float[] dots) {
        multiply(w, at, acts, a);
        for (int lane = 0; lane < ROWS; lane += LANES) {
            IntVector sum =
                    IntVector.fromArray(INTS, halves, lane)
                            .add(IntVector.fromArray(INTS, halves, ROWS + lane));
            ((FloatVector) sum.convert(VectorOperators.I2F, 0)).intoArray(dots, lane);
        }
    }

    /** The dot products of the first 16 columns, then of the last 16. */
    void halves(MemorySegment w, long at, int[] acts, int a, float[] dots) {
        multiply(w, at, acts, a);
        for (int lane = 0; lane < 2 * ROWS; lane += LANES) {
            ((FloatVector) IntVector.fromArray(INTS, halves, lane).convert(VectorOperators.I2F, 0))
                    .intoArray(dots, lane);
        }
    }

    private void multiply(MemorySegment w, long at, int[] acts, int a) {
        ByteVector values = ByteVector.fromArray(VectorWeights.BYTES, table, 0);
        int[] out = halves;
        for (int lane = 0; lane < ROWS; lane += LANES) {
            IntVector first = IntVector.zero(INTS);
            IntVector last = first;
            for (int i = 0; i < 4; i++) {
                int p = a + i;
                ShortVector x =
                        ShortVector.fromMemorySegment(
                                SHORTS, w, at + 64 * i + 4 * lane, LITTLE_ENDIAN);
                ShortVector low =
                        x.and(NIBBLES)
                                .reinterpretAsBytes()
                                .selectFrom(values)
                                .reinterpretAsShorts()
                                .lanewise(VectorOperators.XOR, SIGNS);
                ShortVector high =
                        x.lanewise(VectorOperators.LSHR, 4)
                                .and(NIBBLES)
                                .reinterpretAsBytes()
                                .selectFrom(values)
                                .reinterpretAsShorts()
                                .lanewise(VectorOperators.XOR, SIGNS);
                IntVector lows =
                        low.lanewise(VectorOperators.ASHR, 8)
                                .mul(IntVector.broadcast(INTS, acts[p + 4]).reinterpretAsShorts())
                                .add(
                                        low.lanewise(VectorOperators.LSHL, 8)
                                                .lanewise(VectorOperators.ASHR, 8)
                                                .mul(
                                                        IntVector.broadcast(INTS, acts[p])
                                                                .reinterpretAsShorts()))
                                .reinterpretAsInts();
                IntVector highs =
                        high.lanewise(VectorOperators.ASHR, 8)
                                .mul(IntVector.broadcast(INTS, acts[p + 12]).reinterpretAsShorts())
                                .add(
                                        high.lanewise(VectorOperators.LSHL, 8)
                                                .lanewise(VectorOperators.ASHR, 8)
                                                .mul(
                                                        IntVector.broadcast(INTS, acts[p + 8])
                                                                .reinterpretAsShorts()))
                                .reinterpretAsInts();
                first =
                        lows.lanewise(VectorOperators.LSHL, 16)
                                .lanewise(VectorOperators.ASHR, 16)
                                .add(lows.lanewise(VectorOperators.ASHR, 16))
                                .add(first);
                last =
                        highs.lanewise(VectorOperators.LSHL, 16)
                                .lanewise(VectorOperators.ASHR, 16)
                                .add(highs.lanewise(VectorOperators.ASHR, 16))
                                .add(last);
            }
            first.intoArray(out, lane);
            last.intoArray(out, ROWS + lane);
        }
    }
}

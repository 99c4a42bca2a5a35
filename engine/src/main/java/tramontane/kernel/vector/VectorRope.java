package tramontane.kernel.vector;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static tramontane.kernel.vector.VectorWidth.FLOATS;
import static tramontane.kernel.vector.VectorWidth.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import tramontane.kernel.scalar.ScalarKernels;

/** Rotary positions: rotates the pairs of one head. */
final class VectorRope {
    private static final VectorShuffle<Float> EVEN = VectorShuffle.makeUnzip(FLOATS, 0);
    private static final VectorShuffle<Float> ODD = VectorShuffle.makeUnzip(FLOATS, 1);
    private static final VectorShuffle<Float> LOWER = VectorShuffle.makeZip(FLOATS, 0);
    private static final VectorShuffle<Float> UPPER = VectorShuffle.makeZip(FLOATS, 1);

    private VectorRope() {}

    /** Element i pairs with i + pairs. */
    static void rotateHalves(MemorySegment row, long start, int pairs, MemorySegment table) {
        int whole = pairs - pairs % LANES;
        for (int i = 0; i < whole; i += LANES) {
            long first = 4 * (start + i);
            long second = first + 4L * pairs;
            FloatVector a = FloatVector.fromMemorySegment(FLOATS, row, first, LITTLE_ENDIAN);
            FloatVector b = FloatVector.fromMemorySegment(FLOATS, row, second, LITTLE_ENDIAN);
            FloatVector cos = FloatVector.fromMemorySegment(FLOATS, table, 4L * i, LITTLE_ENDIAN);
            FloatVector sin =
                    FloatVector.fromMemorySegment(FLOATS, table, 4L * (pairs + i), LITTLE_ENDIAN);
            b.neg().fma(sin, a.mul(cos)).intoMemorySegment(row, first, LITTLE_ENDIAN);
            a.fma(sin, b.mul(cos)).intoMemorySegment(row, second, LITTLE_ENDIAN);
        }
        for (int i = whole; i < pairs; i++) {
            float cos = table.getAtIndex(JAVA_FLOAT, i);
            float sin = table.getAtIndex(JAVA_FLOAT, pairs + i);
            ScalarKernels.rotate(row, start + i, start + i + pairs, cos, sin);
        }
    }

    /** Element 2 i pairs with 2 i + 1. */
    static void rotateNeighbours(MemorySegment row, long start, int pairs, MemorySegment table) {
        int whole = pairs - pairs % LANES;
        for (int i = 0; i < whole; i += LANES) {
            long at = 4 * (start + 2L * i);
            FloatVector lower = FloatVector.fromMemorySegment(FLOATS, row, at, LITTLE_ENDIAN);
            FloatVector upper =
                    FloatVector.fromMemorySegment(
                            FLOATS, row, at + VectorWidth.BYTES, LITTLE_ENDIAN);
            FloatVector a = lower.rearrange(EVEN, upper);
            FloatVector b = lower.rearrange(ODD, upper);
            FloatVector cos = FloatVector.fromMemorySegment(FLOATS, table, 4L * i, LITTLE_ENDIAN);
            FloatVector sin =
                    FloatVector.fromMemorySegment(FLOATS, table, 4L * (pairs + i), LITTLE_ENDIAN);
            FloatVector newA = b.neg().fma(sin, a.mul(cos));
            FloatVector newB = a.fma(sin, b.mul(cos));
            newA.rearrange(LOWER, newB).intoMemorySegment(row, at, LITTLE_ENDIAN);
            newA.rearrange(UPPER, newB)
                    .intoMemorySegment(row, at + VectorWidth.BYTES, LITTLE_ENDIAN);
        }
        for (int i = whole; i < pairs; i++) {
            float cos = table.getAtIndex(JAVA_FLOAT, i);
            float sin = table.getAtIndex(JAVA_FLOAT, pairs + i);
            ScalarKernels.rotate(row, start + 2L * i, start + 2L * i + 1, cos, sin);
        }
    }
}

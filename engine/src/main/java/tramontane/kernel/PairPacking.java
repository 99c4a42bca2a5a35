package tramontane.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import tramontane.tensor.DType;

/** Rounds rows of fp32 into matrices of BF16_PAIRS, which other rows are multiplied with. */
public final class PairPacking {
    private static final int ROWS = PackedMatrix.GROUP_ROWS;

    /** Bytes of two columns of a group. */
    private static final int PAIR_BYTES = 4 * ROWS;

    private PairPacking() {}

    /**
     * Makes {@code x} row {@code row} of a matrix.
     *
     * @param x as many elements as the matrix has columns
     */
    public static void packRow(MemorySegment x, PackedMatrix matrix, int row) {
        packRow(x, matrix, row, 0);
    }

    /** The columns from an even one on. */
    public static void packRow(MemorySegment x, PackedMatrix matrix, int row, int from) {
        check(matrix);
        long at = row / ROWS * matrix.groupBytes() + 4L * (row % ROWS);
        for (int i = from; i < matrix.columns(); i += 2) {
            int pair =
                    bits(x.getAtIndex(JAVA_FLOAT, i)) >>> 16
                            | bits(x.getAtIndex(JAVA_FLOAT, i + 1L));
            matrix.data().set(JAVA_INT, at + (long) i / 2 * PAIR_BYTES, pair);
        }
    }

    /**
     * Makes {@code x} column {@code column} of a matrix.
     *
     * @param x as many elements as the matrix has rows
     */
    public static void packColumn(MemorySegment x, PackedMatrix matrix, int column) {
        packColumn(x, matrix, column, 0);
    }

    /** The rows from one on. */
    public static void packColumn(MemorySegment x, PackedMatrix matrix, int column, int from) {
        check(matrix);
        long at = (long) column / 2 * PAIR_BYTES + 2L * (column % 2);
        for (int row = from; row < matrix.rows(); row++) {
            matrix.data()
                    .set(
                            JAVA_SHORT,
                            at + row / ROWS * matrix.groupBytes() + 4L * (row % ROWS),
                            (short) (bits(x.getAtIndex(JAVA_FLOAT, row)) >>> 16));
        }
    }

    private static void check(PackedMatrix matrix) {
        if (matrix.dtype() != DType.BF16_PAIRS) {
            throw new IllegalArgumentException(matrix.dtype() + " has no pairs of bf16");
        }
    }

    private static int bits(float x) {
        return Float.floatToRawIntBits(Bfloat16.round(x));
    }
}

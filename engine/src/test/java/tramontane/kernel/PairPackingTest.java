package tramontane.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import tramontane.tensor.DType;

class PairPackingTest {
    private static final int ROWS = 37;
    private static final int COLUMNS = 72;

    @Test
    void rowsAndColumnsAreThoseOfThePackedMatrix() {
        MemorySegment values = Matrices.wild((long) ROWS * COLUMNS, 1);
        try (Arena arena = Arena.ofConfined()) {
            PackedMatrix byRow = matrix(ROWS, COLUMNS, arena);
            PackedMatrix byColumn = matrix(COLUMNS, ROWS + 1, arena);
            for (int row = 0; row < ROWS; row++) {
                MemorySegment x = values.asSlice(4L * row * COLUMNS, 4L * COLUMNS);
                PairPacking.packRow(x, byRow, row);
                PairPacking.packColumn(x, byColumn, row);
            }
            for (int row = 0; row < ROWS; row++) {
                for (int column = 0; column < COLUMNS; column++) {
                    float expected =
                            Bfloat16.round(
                                    values.getAtIndex(
                                            ValueLayout.JAVA_FLOAT, (long) row * COLUMNS + column));
                    assertThat(value(byRow, row, column)).isEqualTo(expected);
                    assertThat(value(byColumn, column, row)).isEqualTo(expected);
                }
            }
        }
    }

    private static PackedMatrix matrix(int rows, int columns, Arena arena) {
        return PackedMatrix.allocate(DType.BF16_PAIRS, rows, columns, arena);
    }

    private static float value(PackedMatrix matrix, int row, int column) {
        MemorySegment out = Matrices.zeros(matrix.columns());
        RowDecoder.dequantizeRow(matrix, row, out);
        return out.getAtIndex(ValueLayout.JAVA_FLOAT, column);
    }
}

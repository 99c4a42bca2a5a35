package tramontane.kernel.x86;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;
import tramontane.kernel.Bfloat16;
import tramontane.kernel.Downcalls;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.PairPacking;

/**
 * The machine code that rounds rows of fp32 into matrices of BF16_PAIRS, with vectors of 512 bits.
 * {@link PairPacking} does what is left over after the vectors.
 */
final class EmittedPairPacking {
    private static final int GROUP_ROWS = PackedMatrix.GROUP_ROWS;

    /** Bytes of two columns of a group. */
    private static final int LINE = 4 * GROUP_ROWS;

    private final MemorySegment row;
    private final MemorySegment columns;

    private EmittedPairPacking(MemorySegment row, MemorySegment columns) {
        this.row = row;
        this.columns = columns;
    }

    /** Empty if the instruction set has other vectors, or the host refuses executable memory. */
    static Optional<EmittedPairPacking> emit(InstructionSet set) {
        if (set.bits() != 512) {
            return Optional.empty();
        }
        return ExecutableMemory.install(RoundCode.toPairsOfRow(), RoundCode.toPairsOfColumns())
                .map(codes -> new EmittedPairPacking(codes[0], codes[1]));
    }

    void packRows(Fp32Rows x, int count, PackedMatrix matrix, int first) {
        Objects.checkFromIndexSize(first, count, matrix.rows());
        int blocks = matrix.columns() / Bfloat16.BLOCK;
        for (int i = 0; i < count; i++) {
            MemorySegment values = x.start(i, matrix.columns());
            int to = first + i;
            if (blocks > 0) {
                MemorySegment pairs =
                        matrix.data()
                                .asSlice(
                                        to / GROUP_ROWS * matrix.groupBytes()
                                                + 4L * (to % GROUP_ROWS));
                Downcalls.emitted(row, values.address(), pairs.address(), blocks, 0, 0, 0, 0);
            }
            PairPacking.packRow(values, matrix, to, blocks * Bfloat16.BLOCK);
        }
    }

    void packColumns(Fp32Rows x, int count, PackedMatrix matrix, int first) {
        Objects.checkFromIndexSize(first, count, Bfloat16.padded(matrix.columns()));
        int groups = matrix.rows() / GROUP_ROWS;
        int i = 0;
        while (i < count) {
            int column = first + i;
            MemorySegment values = x.start(i, matrix.rows());
            // Another thread may be writing the other column of a line, so only whole lines are
            // written as lines.
            boolean pair = column % 2 == 0 && i + 1 < count && groups > 0;
            if (pair) {
                MemorySegment next = x.start(i + 1, matrix.rows());
                MemorySegment line = matrix.data().asSlice((long) column / 2 * LINE);
                Downcalls.emitted(
                        columns,
                        values.address(),
                        next.address(),
                        line.address(),
                        groups,
                        matrix.groupBytes(),
                        0,
                        0);
                PairPacking.packColumn(values, matrix, column, groups * GROUP_ROWS);
                PairPacking.packColumn(next, matrix, column + 1, groups * GROUP_ROWS);
            } else {
                PairPacking.packColumn(values, matrix, column);
            }
            i += pair ? 2 : 1;
        }
    }
}

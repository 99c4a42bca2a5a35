package tramontane.kernel.x86;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import tramontane.kernel.Activations;
import tramontane.kernel.Bfloat16;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.tensor.DType;

/**
 * Compares the code for products of bf16 with the scalar kernels before its first use, like {@link
 * KernelCheck}: all numbers of rows that code differs for, one and two groups, two pieces of the
 * columns, and a last block that is not whole.
 */
final class PairsCheck {
    private static final int COLUMNS = 17 * Bfloat16.BLOCK + 6;
    private static final int GROUPS = 3;
    private static final int ROWS = 49;

    private PairsCheck() {}

    static boolean isRight(EmittedPairs pairs, int tileRows) {
        try (Arena arena = Arena.ofConfined()) {
            SplittableRandom random = new SplittableRandom(COLUMNS);
            PackedMatrix w = weights(arena, random);
            Activations a = Activations.withRounded(ROWS, COLUMNS, tileRows, arena);
            for (long i = 0; i < (long) ROWS * a.stride(); i++) {
                a.values().setAtIndex(JAVA_FLOAT, i, value(random));
            }
            int stride = 16 * GROUPS;
            MemorySegment expected = arena.allocate(4L * ROWS * stride, 64);
            MemorySegment actual = arena.allocate(4L * ROWS * stride, 64);
            ScalarKernels scalar = new ScalarKernels();
            scalar.round(a, 0, ROWS);
            scalar.matmul(w, 0, GROUPS, a, new Fp32Rows(expected, stride));
            a.rounded().fill((byte) 0);
            EmittedPairs.Columns all = new EmittedPairs.Columns(0, COLUMNS);
            pairs.round(a.fp32().rows(0, 5), a, 0, 5, all);
            pairs.round(a.fp32().rows(5, ROWS), a, 5, ROWS, all);
            for (int rows = 1; rows <= ROWS; rows++) {
                a.rows(rows);
                long bytes = 4L * rows * stride;
                pairs.multiply(w, 0, GROUPS, a, new Fp32Rows(actual, stride));
                if (actual.asSlice(0, bytes).mismatch(expected.asSlice(0, bytes)) >= 0) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Rows and columns of which some are no whole vectors, from an odd column on. */
    static boolean isRight(EmittedPairPacking packing) {
        try (Arena arena = Arena.ofConfined()) {
            SplittableRandom random = new SplittableRandom(ROWS);
            int rows = 37;
            int columns = 72;
            Fp32Rows x = new Fp32Rows(arena.allocate(4L * rows * columns, 64), columns);
            for (long i = 0; i < (long) rows * columns; i++) {
                x.values().setAtIndex(JAVA_FLOAT, i, value(random));
            }
            ScalarKernels scalar = new ScalarKernels();
            PackedMatrix expected = pairs(rows, columns, arena);
            PackedMatrix actual = pairs(rows, columns, arena);
            scalar.packRows(x, rows, expected, 0);
            packing.packRows(x, rows, actual, 0);
            PackedMatrix expectedColumns = pairs(columns, rows + 3, arena);
            PackedMatrix actualColumns = pairs(columns, rows + 3, arena);
            scalar.packColumns(x, rows, expectedColumns, 1);
            packing.packColumns(x, rows, actualColumns, 1);
            return actual.data().mismatch(expected.data()) < 0
                    && actualColumns.data().mismatch(expectedColumns.data()) < 0;
        }
    }

    private static PackedMatrix pairs(int rows, int columns, Arena arena) {
        return PackedMatrix.allocate(DType.BF16_PAIRS, rows, columns, arena);
    }

    private static PackedMatrix weights(Arena arena, SplittableRandom random) {
        PackedMatrix w = PackedMatrix.allocate(DType.BF16_PAIRS, 16L * GROUPS, COLUMNS, arena);
        for (int group = 0; group < GROUPS; group++) {
            for (int i = 0; i < 16 * COLUMNS; i++) {
                int bits = Float.floatToRawIntBits(Bfloat16.round(value(random)));
                w.data().set(JAVA_SHORT, group * w.groupBytes() + 2L * i, (short) (bits >>> 16));
            }
        }
        return w;
    }

    /** Numbers of very different sizes, with zeros and what is rounded to zero. */
    private static float value(SplittableRandom random) {
        return Math.scalb((float) random.nextDouble(-1, 1), random.nextInt(-44, 12));
    }
}

package tramontane.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import tramontane.tensor.DType;

/**
 * Checks the arguments of a matmul before an implementation touches memory. Emitted code has no
 * bounds checks.
 */
public final class MatmulShape {
    private MatmulShape() {}

    public static void check(
            PackedMatrix w, int groupFrom, int groupTo, Activations a, Fp32Rows out) {
        Objects.checkFromToIndex(groupFrom, groupTo, w.groups());
        if (w.columns() != a.columns()) {
            throw new IllegalArgumentException(
                    "weights have " + w.columns() + " columns, activations have " + a.columns());
        }
        if (out.stride() < 16L * groupTo
                || out.values().byteSize()
                        < 4L * ((a.rows() - 1L) * out.stride() + 16L * groupTo)) {
            throw new IllegalArgumentException(
                    "output of "
                            + out.values().byteSize()
                            + " bytes, row stride "
                            + out.stride()
                            + ", cannot hold "
                            + a.rows()
                            + " rows of "
                            + 16L * groupTo);
        }
    }

    /** Checks the arguments of {@link Kernels#quantizeColumns}. */
    public static void checkColumns(Fp32Rows x, Activations a, int block, int blocks) {
        Objects.checkFromIndexSize(block, blocks, a.blocks());
        long columns = (long) blocks * Activations.BLOCK;
        if (x.stride() < columns
                || x.values().byteSize() < 4 * ((a.rows() - 1L) * x.stride() + columns)) {
            throw new IllegalArgumentException(
                    "rows of "
                            + x.values().byteSize()
                            + " bytes, row stride "
                            + x.stride()
                            + ", do not hold "
                            + a.rows()
                            + " rows of "
                            + columns);
        }
    }

    /** Emitted code takes addresses, and only off-heap memory has a fixed address. */
    public static void checkNative(PackedMatrix w, Fp32Rows out) {
        checkNative(w.data());
        checkNative(out);
    }

    public static void checkNative(Fp32Rows rows) {
        checkNative(rows.values());
    }

    public static void checkNative(Activations a, int tileRows) {
        checkNative(a.values());
        if (a.tileRows() != tileRows) {
            throw new IllegalArgumentException(
                    "activations in tiles of " + a.tileRows() + ", these kernels take " + tileRows);
        }
    }

    private static void checkNative(MemorySegment memory) {
        if (!memory.isNative()) {
            throw new IllegalArgumentException("emitted kernels work on memory outside the heap");
        }
    }

    /** Checks that rows and columns can be packed into a matrix in native memory. */
    public static void checkPairs(PackedMatrix matrix) {
        if (matrix.dtype() != DType.BF16_PAIRS || !matrix.data().isNative()) {
            throw new IllegalArgumentException(
                    matrix.dtype() + " has no pairs of bf16 off the heap");
        }
    }
}

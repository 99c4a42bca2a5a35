package tramontane.kernel;

import java.util.Objects;

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

    /** Emitted code takes addresses, and only off-heap memory has a fixed address. */
    public static void checkNative(PackedMatrix w, Fp32Rows out) {
        if (!w.data().isNative() || !out.values().isNative()) {
            throw new IllegalArgumentException("emitted kernels work on memory outside the heap");
        }
    }

    public static void checkNative(Activations a, int tileRows) {
        if (!a.values().isNative()) {
            throw new IllegalArgumentException("emitted kernels work on memory outside the heap");
        }
        if (a.tileRows() != tileRows) {
            throw new IllegalArgumentException(
                    "activations in tiles of " + a.tileRows() + ", these kernels take " + tileRows);
        }
    }
}

package tramontane.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * What must hold before any implementation touches memory: emitted code has no bounds checks of its
 * own.
 */
final class MatmulShape {
    private MatmulShape() {}

    static void check(
            PackedMatrix w,
            int groupFrom,
            int groupTo,
            Activations a,
            MemorySegment out,
            int outStride) {
        Objects.checkFromToIndex(groupFrom, groupTo, w.groups());
        if (w.columns() != a.columns()) {
            throw new IllegalArgumentException(
                    "weights have " + w.columns() + " columns, activations have " + a.columns());
        }
        if (outStride < 16L * groupTo
                || out.byteSize() < 4L * ((a.rows() - 1L) * outStride + 16L * groupTo)) {
            throw new IllegalArgumentException(
                    "output of "
                            + out.byteSize()
                            + " bytes, row stride "
                            + outStride
                            + ", cannot hold "
                            + a.rows()
                            + " rows of "
                            + 16L * groupTo);
        }
    }

    /** Emitted code gets addresses, which only memory outside the heap keeps. */
    static void checkNative(PackedMatrix w, MemorySegment out) {
        if (!w.data().isNative() || !out.isNative()) {
            throw new IllegalArgumentException("emitted kernels work on memory outside the heap");
        }
    }

    static void checkNative(Activations a, int tileRows) {
        if (!a.values().isNative()) {
            throw new IllegalArgumentException("emitted kernels work on memory outside the heap");
        }
        if (a.tileRows() != tileRows) {
            throw new IllegalArgumentException(
                    "activations in tiles of " + a.tileRows() + ", these kernels take " + tileRows);
        }
    }
}

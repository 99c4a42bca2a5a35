package tramontane.packed;

import tramontane.gguf.TensorInfo;
import tramontane.kernel.PackedMatrix;
import tramontane.tensor.DType;

/**
 * The name of a matrix in a file of packed weights. The shape belongs to it, because a tensor can
 * be read as matrices of different shapes.
 */
public record MatrixKey(String tensor, Form form, DType dtype, int rows, int columns) {
    /** The layout of a matrix. */
    public enum Form {
        /** Layout R16, see {@link PackedMatrix}. */
        PACKED,
        /** Rows one after the other, as in model files. */
        PLAIN
    }

    public static MatrixKey of(TensorInfo tensor, Form form) {
        return new MatrixKey(
                tensor.name(),
                form,
                tensor.dtype(),
                Math.toIntExact(tensor.rows()),
                Math.toIntExact(tensor.columns()));
    }

    long bytes() {
        return switch (form) {
            case PACKED -> PackedMatrix.packedBytes(dtype, rows, columns);
            case PLAIN -> rows * dtype.rowBytes(columns);
        };
    }
}

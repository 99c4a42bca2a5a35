package tramontane.model;

import java.lang.foreign.MemorySegment;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.RowDecoder;
import tramontane.tensor.Tensor;

/** The embedding vectors of the tokens, one row each. */
sealed interface Embedding {
    /** The output matrix. Many small models use it as the embedding, too. */
    record Packed(PackedMatrix matrix) implements Embedding {}

    /** A separate matrix in the file's layout, because only single rows of it are read. */
    record Plain(Tensor tensor) implements Embedding {}

    default int rows() {
        return switch (this) {
            case Packed(PackedMatrix matrix) -> matrix.rows();
            case Plain(Tensor tensor) -> Math.toIntExact(tensor.rows());
        };
    }

    /** Writes a token's vector to the start of {@code out}. */
    default void row(int token, MemorySegment out) {
        switch (this) {
            case Packed(PackedMatrix matrix) -> RowDecoder.dequantizeRow(matrix, token, out);
            case Plain(Tensor tensor) -> RowDecoder.dequantizeRow(tensor, token, out);
        }
    }
}

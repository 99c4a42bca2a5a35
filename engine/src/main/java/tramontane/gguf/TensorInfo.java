package tramontane.gguf;

import java.util.Optional;
import tramontane.tensor.DType;

/**
 * The description of a tensor in a file: {@code rows} rows of {@code columns} elements, in
 * row-major order from {@code offset} on. {@link GgufFile#read} reads rows into memory.
 *
 * @param dtype the format in memory
 * @param stored the format in the file, if it is another one
 * @param rows the product of all dimensions except the first; 1 for a vector
 * @param columns the dimension that GGUF lists first
 * @param offset from the start of the file, in bytes
 */
public record TensorInfo(
        String name,
        DType dtype,
        Optional<ConvertedFormat> stored,
        long rows,
        long columns,
        long offset) {
    /** Bytes of a row in memory. */
    public long rowBytes() {
        return dtype.rowBytes(columns);
    }

    /** Bytes of a row in the file. */
    long storedRowBytes() {
        return stored.map(format -> columns / format.blockElements() * format.blockBytes())
                .orElseGet(this::rowBytes);
    }
}

package tramontane.gguf;

import tramontane.tensor.DType;

/**
 * What a file says of a tensor: {@code rows} rows of {@code columns} elements, row after row from
 * {@code offset} on. {@link GgufFile#read} brings rows into memory.
 *
 * @param rows all dimensions but the first, multiplied; 1 for a vector
 * @param columns the dimension that GGUF lists first
 * @param offset from the start of the file, in bytes
 */
public record TensorInfo(String name, DType dtype, long rows, long columns, long offset) {
    public long rowBytes() {
        return dtype.rowBytes(columns);
    }
}

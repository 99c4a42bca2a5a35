package tramontane.tensor;

import java.lang.foreign.MemorySegment;

/**
 * A named matrix of weights in the file's layout: {@code rows} rows of {@code columns} elements, in
 * row-major order.
 *
 * <p>GGUF lists the fastest dimension first; it is {@code columns} here. The other dimensions are
 * combined into {@code rows}. A vector is a matrix of one row.
 */
public record Tensor(String name, DType dtype, long rows, long columns, MemorySegment data) {
    public Tensor {
        if (rows < 1 || columns < 1) {
            throw new IllegalArgumentException(name + " has no elements");
        }
        long bytes = Math.multiplyExact(rows, dtype.rowBytes(columns));
        if (data.byteSize() != bytes) {
            throw new IllegalArgumentException(
                    name + " needs " + bytes + " bytes and has " + data.byteSize());
        }
    }

    /** The bytes of one row. */
    public MemorySegment row(long row) {
        long rowBytes = dtype.rowBytes(columns);
        return data.asSlice(Math.multiplyExact(row, rowBytes), rowBytes);
    }
}

package tramontane.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Rows of fp32 in one buffer.
 *
 * @param values row {@code m} starts at element {@code m * stride}
 * @param stride elements from one row to the next
 */
public record Fp32Rows(MemorySegment values, int stride) {
    /** Rows {@code from} to {@code to} by themselves. */
    public Fp32Rows rows(int from, int to) {
        return new Fp32Rows(slice(from, to), stride);
    }

    /** The same rows without their first {@code column} columns. */
    public Fp32Rows from(int column) {
        return new Fp32Rows(values.asSlice(4L * column), stride);
    }

    /** The first {@code columns} elements of a row. */
    public MemorySegment start(int row, int columns) {
        return values.asSlice(4L * row * stride, 4L * columns);
    }

    /** The memory of rows {@code from} to {@code to}, including any gaps between rows. */
    public MemorySegment slice(int from, int to) {
        return values.asSlice(4L * from * stride, 4L * (to - from) * stride);
    }
}

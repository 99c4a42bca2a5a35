package tramontane.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Queries at consecutive positions of one sequence.
 *
 * @param values row {@code i} starts at element {@code i * stride} and has all {@code queryHeads *
 *     headSize} elements
 * @param stride elements from one row to the next
 * @param count rows
 * @param position of row 0; row {@code i} is at {@code position + i}
 */
public record QueryRows(MemorySegment values, int stride, int count, int position) {
    /** The position of the last row. */
    public int lastPosition() {
        return position + count - 1;
    }
}

package tramontane.model;

import java.lang.foreign.MemorySegment;

/**
 * Rows that stand in a sequence where it has no tokens: those of a picture. At these positions the
 * token ids of a {@link Batch} are negative.
 */
@FunctionalInterface
public interface InputRows {
    /** For a sequence of tokens alone. */
    InputRows NONE =
            (position, out) -> {
                throw new IllegalArgumentException("no row for position " + position);
            };

    /** Copies the row of a position to the start of {@code out}. Several threads may call it. */
    void copy(int position, MemorySegment out);

    /**
     * The last position that the row of a position sees: that of its picture, if the rows of the
     * picture see one another, else its own.
     */
    default int lastSeen(int position) {
        return position;
    }
}

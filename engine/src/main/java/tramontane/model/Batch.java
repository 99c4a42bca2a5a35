package tramontane.model;

import java.util.Arrays;
import tramontane.cache.BlockTable;

/**
 * The tokens of one step: runs of consecutive positions, each of one sequence, and the rows whose
 * logits are wanted. The object is created once and refilled for every step.
 */
public final class Batch {
    final int[] tokens;
    final int[] positions;
    int rows;

    // The last position that a row sees: its own, or the last one of its picture.
    final int[] lastSeen;
    boolean looksAhead;

    // Run i has the rows firstRow[i] to firstRow[i + 1] - 1.
    final int[] firstRow;
    final BlockTable[] tables;
    final InputRows[] inputRows;
    int runs;

    final int[] logitRows;
    int logits;

    /**
     * @param maxRows tokens that a step can hold
     * @param maxLogits rows whose logits a step can return
     */
    public Batch(int maxRows, int maxLogits) {
        tokens = new int[maxRows];
        positions = new int[maxRows];
        lastSeen = new int[maxRows];
        firstRow = new int[maxRows + 1];
        tables = new BlockTable[maxRows];
        inputRows = new InputRows[maxRows];
        Arrays.fill(inputRows, InputRows.NONE);
        logitRows = new int[maxLogits];
    }

    public void clear() {
        Arrays.fill(tables, 0, runs, null);
        Arrays.fill(inputRows, 0, runs, InputRows.NONE);
        rows = 0;
        runs = 0;
        logits = 0;
        looksAhead = false;
    }

    public int rows() {
        return rows;
    }

    /** Rows that can still be added. */
    public int freeRows() {
        return tokens.length - rows;
    }

    /**
     * Adds tokens {@code from} to {@code to} of a sequence, whose table must have blocks for them.
     * The last {@code wanted} of them get logits. Where a token is negative, {@link #takeRows} must
     * follow.
     *
     * @return the index of the run's first row of logits
     */
    public int add(BlockTable table, int[] sequence, int from, int to, int wanted) {
        tables[runs++] = table;
        for (int position = from; position < to; position++) {
            tokens[rows] = sequence[position];
            positions[rows] = position;
            lastSeen[rows] = position;
            if (position >= to - wanted) {
                logitRows[logits++] = rows;
            }
            rows++;
        }
        firstRow[runs] = rows;
        return logits - wanted;
    }

    /**
     * Takes the rows for negative tokens of the run that was added last. If rows of a picture see
     * one another, the cache or the run must have all of them.
     */
    public void takeRows(InputRows pictures) {
        inputRows[runs - 1] = pictures;
        for (int row = firstRow[runs - 1]; row < rows; row++) {
            if (tokens[row] < 0) {
                lastSeen[row] = pictures.lastSeen(positions[row]);
                looksAhead |= looksAhead(row);
            }
        }
    }

    /** True for a row that sees positions behind its own. */
    boolean looksAhead(int row) {
        return lastSeen[row] > positions[row];
    }

    int lastPosition() {
        int last = 0;
        for (int row = 0; row < rows; row++) {
            last = Math.max(last, positions[row]);
        }
        return last;
    }
}

package tramontane.vision;

/**
 * Where the rows of a picture lie in a prompt: line after line, with Pixtral a break token between
 * two lines. Tokens before the first and after the last row are not part of it.
 *
 * <pre>
 * 3 columns, 2 lines, PIXTRAL:    r0 r1 r2 BREAK r3 r4 r5      7 positions, 6 rows
 *                     GEMMA3:     r0 r1 r2 r3 r4 r5            6 positions, 6 rows
 * </pre>
 *
 * @param columns rows of a line
 */
public record ImageGrid(int columns, int lines, VisionKind kind) {
    public ImageGrid {
        if (columns < 1 || lines < 1) {
            throw new IllegalArgumentException(lines + " lines of " + columns);
        }
    }

    /** True if an ordinary token stands between two lines. */
    private boolean breaks() {
        return kind == VisionKind.PIXTRAL;
    }

    /** True if each row sees all rows of the picture, those behind it too. */
    public boolean looksAhead() {
        return kind == VisionKind.GEMMA3;
    }

    /** Rows of the picture. */
    public int rows() {
        return columns * lines;
    }

    /** Positions from the first row to the last. */
    public int positions() {
        return rows() + (breaks() ? lines - 1 : 0);
    }

    /** True if a row stands at this position, counted from that of the first row. */
    public boolean isRow(int offset) {
        return offset >= 0
                && offset < positions()
                && (!breaks() || offset % (columns + 1) < columns);
    }

    /** The row at a position for which {@link #isRow} is true. */
    public int row(int offset) {
        return breaks() ? offset - offset / (columns + 1) : offset;
    }
}

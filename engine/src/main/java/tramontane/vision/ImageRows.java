package tramontane.vision;

/**
 * An encoded picture.
 *
 * @param digest of the pixels
 * @param width elements of a row: the width of the text model
 * @param values row after row; not to be changed
 */
public record ImageRows(ImageDigest digest, ImageGrid grid, int width, float[] values) {
    public ImageRows {
        if (values.length != (long) width * grid.rows()) {
            throw new IllegalArgumentException(
                    values.length + " values for " + grid.rows() + " rows of " + width);
        }
    }

    /** Memory that the rows take. */
    public long bytes() {
        return (long) Float.BYTES * values.length;
    }
}

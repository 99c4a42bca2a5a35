package tramontane.image;

/** The size to which a picture is resized for an encoder of pictures of any size. */
public final class FittedSize {
    private FittedSize() {}

    /**
     * The size for Pixtral and Mistral 3, as mistral-common has it: a picture that is longer than
     * the longest side is made smaller, then each side is rounded up to whole cells.
     *
     * @param cell pixels of a token's side
     */
    public static ImageSize of(ImageSize size, int longestSide, int cell) {
        double width = size.width();
        double height = size.height();
        double ratio = Math.max(height / longestSide, width / longestSide);
        if (ratio > 1) {
            // To the even neighbour at one half, like Python's round.
            width = Math.max(Math.rint(width / ratio), 1);
            height = Math.max(Math.rint(height / ratio), 1);
        }
        return new ImageSize(cells(width, cell) * cell, cells(height, cell) * cell);
    }

    private static int cells(double pixels, int cell) {
        return ((int) pixels - 1) / cell + 1;
    }
}

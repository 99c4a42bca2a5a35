package tramontane.image;

/**
 * Turns a picture upright.
 *
 * <pre>
 *   1 upright     2 mirrored left to right   3 turned by 180 degrees   4 mirrored top to bottom
 *   5 transposed  6 to be turned right       7 transposed and by 180   8 to be turned left
 * </pre>
 *
 * @param exif the value of Exif's tag
 */
record Orientation(int exif) {
    Picture upright(ImageSize stored, byte[] rgb) {
        if (exif == Exif.UPRIGHT) {
            return new Picture(stored.width(), stored.height(), rgb);
        }
        ImageSize size = exif > 4 ? stored.turned() : stored;
        byte[] turned = new byte[rgb.length];
        int at = 0;
        for (int y = 0; y < size.height(); y++) {
            for (int x = 0; x < size.width(); x++) {
                int from = source(x, y, stored) * Picture.CHANNELS;
                turned[at++] = rgb[from];
                turned[at++] = rgb[from + 1];
                turned[at++] = rgb[from + 2];
            }
        }
        return new Picture(size.width(), size.height(), turned);
    }

    /** The index of the stored pixel that is shown at a position. */
    private int source(int x, int y, ImageSize stored) {
        int right = stored.width() - 1;
        int bottom = stored.height() - 1;
        return switch (exif) {
            case 2 -> y * stored.width() + right - x;
            case 3 -> (bottom - y) * stored.width() + right - x;
            case 4 -> (bottom - y) * stored.width() + x;
            case 5 -> x * stored.width() + y;
            case 6 -> (bottom - x) * stored.width() + y;
            case 7 -> (bottom - x) * stored.width() + right - y;
            case 8 -> x * stored.width() + right - y;
            default -> y * stored.width() + x;
        };
    }
}

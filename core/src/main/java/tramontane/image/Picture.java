package tramontane.image;

import java.util.Arrays;

/**
 * A decoded picture, upright and without transparency.
 *
 * @param rgb three bytes for each pixel, row by row from the top
 */
public record Picture(int width, int height, byte[] rgb) {
    static final int CHANNELS = 3;

    public Picture {
        if (width < 1 || height < 1 || rgb.length != CHANNELS * (long) width * height) {
            throw new IllegalArgumentException(
                    width + "x" + height + " pixels in " + rgb.length + " bytes");
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Picture that
                && width == that.width
                && height == that.height
                && Arrays.equals(rgb, that.rgb);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * width + height) + Arrays.hashCode(rgb);
    }

    @Override
    public String toString() {
        return "Picture[" + width + "x" + height + "]";
    }
}

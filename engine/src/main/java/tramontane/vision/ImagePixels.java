package tramontane.vision;

/**
 * A picture as the encoder takes it: upright, and scaled to a size that {@link VisionConfig#grid}
 * accepts.
 *
 * @param rgb three unsigned bytes for each pixel, line after line from the top left
 */
public record ImagePixels(int width, int height, byte[] rgb) {
    public ImagePixels {
        if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
            throw new IllegalArgumentException(
                    rgb.length + " bytes for " + width + " x " + height + " pixels");
        }
    }

    /** Identifies the content. */
    public ImageDigest digest() {
        return ImageDigest.of(this);
    }
}

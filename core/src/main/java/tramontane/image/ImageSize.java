package tramontane.image;

/** Width and height in pixels. */
public record ImageSize(int width, int height) {
    public ImageSize {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("a picture of " + width + "x" + height + " pixels");
        }
    }

    long pixels() {
        return (long) width * height;
    }

    ImageSize turned() {
        return new ImageSize(height, width);
    }
}

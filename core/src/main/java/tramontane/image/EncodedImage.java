package tramontane.image;

/**
 * A picture's file with what its header says. The stream has only what is needed to decode the
 * first picture: colour profiles and other notes are left out, so that no code reads them.
 *
 * @param canvas the size before it is turned upright
 * @param frame where on the canvas the first picture is
 * @param orientation as in Exif, from 1 to 8
 * @param sampleBytes bytes that the decoder takes for a pixel
 * @param scheme how the four channels of a JPEG are to be read
 */
record EncodedImage(
        ImageFormat format,
        ImageSize canvas,
        Frame frame,
        int orientation,
        int sampleBytes,
        FourChannels scheme,
        byte[] stream) {
    /** A rectangle on the canvas. */
    record Frame(int left, int top, ImageSize size) {
        static Frame whole(ImageSize size) {
            return new Frame(0, 0, size);
        }
    }

    /** The meaning of a JPEG's four channels. */
    enum FourChannels {
        /** There are fewer. */
        NONE,
        CMYK,
        /** CMY in the form of YCbCr, and K. */
        YCCK
    }

    /** Widest and highest: the filters for resizing grow with the longer side. */
    static final int MAX_SIDE = 1 << 14;

    /**
     * Reads the header.
     *
     * @throws ImageException if it is no picture, or one beyond the limits
     */
    static EncodedImage read(byte[] bytes, ImageLimits limits) throws ImageException {
        if (bytes.length > limits.bytes()) {
            throw ImageSources.tooLarge(limits.bytes());
        }
        EncodedImage image =
                switch (ImageFormat.of(bytes)) {
                    case PNG -> PngHeader.read(bytes);
                    case JPEG -> JpegHeader.read(bytes);
                    case GIF -> GifHeader.read(bytes);
                    case WEBP -> WebpHeader.read(bytes);
                };
        image.check(limits);
        return image;
    }

    /** The size of the upright picture. */
    ImageSize upright() {
        return orientation > 4 ? canvas.turned() : canvas;
    }

    private void check(ImageLimits limits) throws ImageException {
        if (Math.max(canvas.width(), canvas.height()) > MAX_SIDE) {
            throw tooLarge(MAX_SIDE + " on a side are read");
        }
        // Pixels of more than 8 bits a channel take more memory.
        long maxPixels = (long) limits.pixels() * 4 / Math.max(4, sampleBytes);
        if (canvas.pixels() > maxPixels) {
            throw tooLarge(
                    maxPixels + " are read. Send a smaller one: models read few pixels of it");
        }
        long right = (long) frame.left + frame.size.width();
        long bottom = (long) frame.top + frame.size.height();
        if (frame.left < 0 || frame.top < 0 || right > canvas.width() || bottom > canvas.height()) {
            throw ByteReader.damaged();
        }
    }

    private ImageException tooLarge(String limit) {
        return new ImageException(
                "The image has "
                        + canvas.width()
                        + " x "
                        + canvas.height()
                        + " pixels; at most "
                        + limit);
    }

    static ImageSize size(int width, int height) throws ImageException {
        if (width < 1 || height < 1) {
            throw ByteReader.damaged();
        }
        return new ImageSize(width, height);
    }
}

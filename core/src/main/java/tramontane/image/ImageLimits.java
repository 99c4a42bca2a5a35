package tramontane.image;

/**
 * Bounds of a request's pictures.
 *
 * @param images pictures of one request
 * @param bytes of one encoded picture
 * @param pixels of one picture, which its header says before anything is decoded
 */
public record ImageLimits(int images, int bytes, int pixels) {
    /** As the hosted service has them. */
    private static final int IMAGES = 8;

    private static final int BYTES = 10 << 20;
    private static final int PIXELS = 1 << 25;

    /**
     * Decoding takes up to 7 bytes a pixel for the decoder's picture and ours, one picture at a
     * time.
     */
    private static final int HEAP_BYTES_A_PIXEL = 32;

    /** The limits for a heap of this size. */
    public static ImageLimits forHeap(long heapBytes) {
        return new ImageLimits(
                IMAGES, BYTES, (int) Math.min(PIXELS, heapBytes / HEAP_BYTES_A_PIXEL));
    }
}

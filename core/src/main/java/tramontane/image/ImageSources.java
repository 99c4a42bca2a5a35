package tramontane.image;

/** Gives the bytes of a picture's address. */
public final class ImageSources {
    private final ImageLimits limits;
    private final ImageFetcher fetcher;

    public ImageSources(ImageLimits limits, ImageFetcher fetcher) {
        this.limits = limits;
        this.fetcher = fetcher;
    }

    /**
     * True if an address leads to another machine.
     *
     * @throws ImageException if nothing may be fetched from there
     */
    public boolean mustFetch(String url) throws ImageException {
        if (DataUrl.is(url)) {
            return false;
        }
        fetcher.check(url);
        return true;
    }

    /**
     * The encoded picture.
     *
     * @throws ImageException if the address is not allowed, or gives no picture within the limits
     */
    public byte[] bytes(String url) throws ImageException, InterruptedException {
        if (DataUrl.is(url)) {
            return DataUrl.bytes(url, limits.bytes());
        }
        return fetcher.fetch(url, limits.bytes());
    }

    static ImageException tooLarge(int maxBytes) {
        return new ImageException("The image has more than " + maxBytes + " bytes");
    }
}

package tramontane.config;

/** How much of the Java heap a request body may use. */
public final class HeapShare {
    /**
     * A body and the values made from it take up to this many times its size until it is tokenized.
     * Only one large body is parsed at a time; those that wait take their size once.
     */
    private static final int GROWTH = 7;

    /** The largest body may use one part in so many of the heap while it is parsed. */
    private static final int ONE_BODY_PART = 2;

    private static final int BODY_BYTES = 32 << 20;

    private HeapShare() {}

    /** The largest body that fits such a heap. */
    public static int maxBodyBytes(long heapBytes) {
        return (int) Math.min(1 << 30, heapBytes / ONE_BODY_PART / GROWTH);
    }

    /** The default limit of one body. */
    public static int bodyBytesDefault(long heapBytes) {
        return Math.min(BODY_BYTES, maxBodyBytes(heapBytes));
    }
}

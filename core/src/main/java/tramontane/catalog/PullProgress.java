package tramontane.catalog;

/**
 * The progress of a pull.
 *
 * @param detail the source, or why work is repeated
 * @param bytesTotal 0 if unknown
 */
public record PullProgress(Phase phase, String detail, long bytesDone, long bytesTotal) {
    /** The current activity of a pull. */
    public enum Phase {
        /** The next part of a split model begins, or a model's image encoder. */
        PART,
        CONNECTING,
        DOWNLOADING,
        RETRYING,
        VERIFYING,
        /** A source failed, and the next one is tried. */
        NEXT_SOURCE,
        /** A damaged file was renamed to make way for the new one. */
        KEPT,
        DONE
    }
}

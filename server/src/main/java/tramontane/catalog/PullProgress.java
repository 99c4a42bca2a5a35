package tramontane.catalog;

/**
 * How far a pull is.
 *
 * @param detail the source, or why a part of the work is done again
 * @param bytesTotal 0 while it is unknown
 */
public record PullProgress(Phase phase, String detail, long bytesDone, long bytesTotal) {
    /** What a pull is doing. */
    public enum Phase {
        CONNECTING,
        DOWNLOADING,
        RETRYING,
        VERIFYING,
        /** A source failed and the next one is tried. */
        NEXT_SOURCE,
        /** A damaged file made room for the new one and has another name now. */
        KEPT,
        DONE
    }
}

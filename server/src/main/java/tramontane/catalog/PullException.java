package tramontane.catalog;

/** Why a model could not be fetched, in a sentence for the user. */
public final class PullException extends RuntimeException {
    private final boolean resumable;

    /** A failure that says nothing about the other sources of the model. */
    PullException(String message) {
        super(message);
        this.resumable = false;
    }

    PullException(String message, Throwable cause) {
        super(message, cause);
        this.resumable = false;
    }

    private PullException(String message, Throwable cause, boolean resumable) {
        super(message, cause);
        this.resumable = resumable;
    }

    /**
     * A download that got somewhere and can go on from there: another source would throw that away.
     */
    static PullException brokenOff(String message, Throwable cause) {
        return new PullException(message + "; pull again to resume", cause, true);
    }

    /** True if the next pull goes on where this one stopped. */
    public boolean isResumable() {
        return resumable;
    }
}

package tramontane.catalog;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.util.Optional;

/** Why a model could not be pulled, in a sentence for the user. */
public final class PullException extends RuntimeException {
    /** Whether another attempt can succeed. */
    enum Kind {
        /** The source lacks the file or refuses it; another source may have it. */
        REFUSED,
        /** The source could not be reached; another one may be. */
        UNREACHABLE,
        /** The download was interrupted and can be resumed; another source would start over. */
        BROKEN_OFF,
        /** The cause is on this machine, such as a full disk; another source does not help. */
        THIS_MACHINE
    }

    private final Kind kind;

    PullException(String message) {
        this(Kind.REFUSED, message, Optional.empty());
    }

    PullException(String message, Throwable cause) {
        this(Kind.REFUSED, message, Optional.of(cause));
    }

    private PullException(Kind kind, String message, Optional<Throwable> cause) {
        super(message);
        cause.ifPresent(this::initCause);
        this.kind = kind;
    }

    static PullException unreachable(String message, Throwable cause) {
        return new PullException(Kind.UNREACHABLE, message, Optional.of(cause));
    }

    static PullException brokenOff(String message, Throwable cause) {
        return new PullException(
                Kind.BROKEN_OFF, message + "; pull again to resume", Optional.of(cause));
    }

    static PullException thisMachine(String message) {
        return new PullException(Kind.THIS_MACHINE, message, Optional.empty());
    }

    static PullException thisMachine(String message, Throwable cause) {
        return new PullException(Kind.THIS_MACHINE, message, Optional.of(cause));
    }

    /** The same with a sentence more. */
    PullException with(String sentence) {
        return new PullException(kind, getMessage() + sentence, Optional.of(this));
    }

    Kind kind() {
        return kind;
    }

    /** True if the next pull resumes where this one stopped. */
    public boolean isResumable() {
        return kind == Kind.BROKEN_OFF;
    }

    /**
     * The reason of a failed file operation, without the file's name if the message already has it.
     */
    static String reason(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof FileSystemException file && file.getReason() != null) {
            return file.getReason();
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}

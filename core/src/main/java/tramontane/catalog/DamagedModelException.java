package tramontane.catalog;

/** A model file whose content is wrong; the message says what to do. */
public final class DamagedModelException extends RuntimeException {
    private static final long serialVersionUID = 1;

    DamagedModelException(String message) {
        super(message);
    }
}

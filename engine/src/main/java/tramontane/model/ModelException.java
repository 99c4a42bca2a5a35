package tramontane.model;

/** A file that is sound GGUF, but no model this engine can run; the message says why. */
public final class ModelException extends RuntimeException {
    public ModelException(String message) {
        super(message);
    }
}

package tramontane.model;

/** A valid GGUF file with a model that this engine cannot run. The message has the reason. */
public final class ModelException extends RuntimeException {
    public ModelException(String message) {
        super(message);
    }
}

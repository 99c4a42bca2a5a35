package tramontane.pool;

/** A model that must be loaded at start cannot be loaded. The cause says why. */
public final class UnloadableModelException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient PooledModel model;

    UnloadableModelException(PooledModel model, Exception cause) {
        super(model.name() + " cannot be loaded", cause);
        this.model = model;
    }

    public PooledModel model() {
        return model;
    }
}

package tramontane.api;

/**
 * Thrown when a schema of a request needs more work than a virtual thread may do without a pause.
 * The request must be parsed again on a platform thread.
 */
public final class LargeSchema extends RuntimeException {
    private static final long serialVersionUID = 1;

    LargeSchema() {
        super("a large schema is compiled on a platform thread", null, false, false);
    }
}

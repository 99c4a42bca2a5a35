package tramontane.grammar.schema;

/** A part of a schema cannot be enforced. The caller that knows the location adds it. */
public class RefusedException extends RuntimeException {
    RefusedException(String reason) {
        super(reason);
    }
}

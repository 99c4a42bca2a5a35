package tramontane.grammar.schema;

/** Part of a schema cannot be enforced; the place is added where it is known. */
public class RefusedException extends RuntimeException {
    RefusedException(String reason) {
        super(reason);
    }
}

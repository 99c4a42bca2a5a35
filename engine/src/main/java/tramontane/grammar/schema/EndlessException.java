package tramontane.grammar.schema;

/** A schema is, at the same place of the document, defined by itself. */
final class EndlessException extends RefusedException {
    EndlessException() {
        super("it refers to itself without end");
    }
}

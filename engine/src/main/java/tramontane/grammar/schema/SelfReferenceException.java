package tramontane.grammar.schema;

/** A schema is defined by itself, without a value in between. */
final class SelfReferenceException extends RefusedException {
    SelfReferenceException() {
        super("it refers to itself endlessly");
    }
}

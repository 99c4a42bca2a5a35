package tramontane.grammar.parser;

/** Passed to {@link Node#resume} when the value was not kept. */
enum Scalar {
    NONE
}

package tramontane.grammar.regex;

/** An automaton that would need more states or more work than the limits allow. */
public final class TooComplexException extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooComplexException(String message) {
        super(message);
    }
}

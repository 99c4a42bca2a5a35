package tramontane.grammar.regex;

/** A pattern that is malformed, or says what no automaton can; the message is one line. */
public final class PatternException extends RuntimeException {
    private static final long serialVersionUID = 1;

    PatternException(int position, String reason) {
        super(reason + " (at position " + position + ")");
    }

    PatternException(String message) {
        super(message);
    }
}

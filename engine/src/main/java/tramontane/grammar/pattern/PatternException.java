package tramontane.grammar.pattern;

/**
 * A pattern is malformed or has a feature that no finite automaton has. The message is one line.
 */
public final class PatternException extends RuntimeException {
    private static final long serialVersionUID = 1;

    PatternException(int position, String reason) {
        super(reason + " (at position " + position + ")");
    }

    PatternException(String message) {
        super(message);
    }
}

package tramontane.grammar.automaton;

/** An automaton would need more states or more work than {@link AutomatonLimits} allows. */
public final class TooComplexException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public TooComplexException(String message) {
        super(message);
    }
}

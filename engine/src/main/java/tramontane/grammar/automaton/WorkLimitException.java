package tramontane.grammar.automaton;

/** The schemas of a request need more steps than its {@link WorkBudget} has. */
public final class WorkLimitException extends RuntimeException {
    private static final long serialVersionUID = 1;

    WorkLimitException() {
        super(
                "needs too much work together with the other schemas of the request; make it smaller");
    }
}

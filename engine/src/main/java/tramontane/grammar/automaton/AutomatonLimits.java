package tramontane.grammar.automaton;

/** Limits for automata and patterns. They are chosen so that a refusal takes milliseconds. */
public final class AutomatonLimits {
    /** States of an automaton, before and after minimization. */
    public static final int MAX_STATES = 20_000;

    /** Cells of a table: states times classes of code points. */
    static final int MAX_CELLS = 1_500_000;

    /** Different sets of code points in one pattern. */
    static final int MAX_SETS = 2_000;

    /** Nodes of a pattern's NFA, with counted repetitions expanded. */
    public static final int MAX_NODES = 100_000;

    /** Steps of the subset construction. */
    public static final int MAX_STEPS = 4_000_000;

    /** Nesting depth of groups in a pattern. */
    public static final int MAX_DEPTH = 200;

    private AutomatonLimits() {}

    static void checkTable(int states, int classes) {
        if (states > MAX_STATES) {
            throw new TooComplexException("needs more than " + MAX_STATES + " states");
        }
        if ((long) states * classes > MAX_CELLS) {
            throw new TooComplexException(
                    "needs a table of more than " + MAX_CELLS + " transitions");
        }
    }
}

package tramontane.grammar.regex;

/** What an automaton may cost. Numbers are chosen so that a refusal takes milliseconds. */
final class Limits {
    /** States of an automaton, before and after it is made minimal. */
    static final int STATES = 20_000;

    /** States times classes of code points: the size of a table. */
    static final int CELLS = 1_500_000;

    /** Sets of code points that a pattern tells apart. */
    static final int SETS = 2_000;

    /** Nodes of a pattern once its counted repetitions are written out. */
    static final int NODES = 100_000;

    /** Elementary steps while a pattern is made deterministic. */
    static final int STEPS = 4_000_000;

    /** Groups within groups in a pattern. */
    static final int DEPTH = 200;

    private Limits() {}

    static void checkTable(int states, int classes) {
        if (states > STATES) {
            throw new TooComplexException("needs more than " + STATES + " states");
        }
        if ((long) states * classes > CELLS) {
            throw new TooComplexException("needs a table of more than " + CELLS + " transitions");
        }
    }
}

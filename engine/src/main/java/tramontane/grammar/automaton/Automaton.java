package tramontane.grammar.automaton;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * An immutable deterministic finite automaton (DFA) over Unicode scalar values, which accepts a
 * language of strings.
 *
 * <p>Automata are minimal and canonical, so {@code equals} means that the same strings are
 * accepted. From every state an accepting state can be reached, except in the automaton of the
 * empty language. Operations throw {@link TooComplexException} if the result exceeds {@link
 * AutomatonLimits}.
 */
public final class Automaton {
    private static final Automaton NONE = WorkBudget.uncounted(() -> ofSet(CharSet.none()));
    private static final Automaton ANY = WorkBudget.uncounted(NONE::complement);

    /**
     * Building a table, minimizing it, and computing its lengths each visit every cell a few times.
     */
    private static final long STEPS_PER_CELL = 4;

    private static final long STEPS_PER_AUTOMATON = 100;

    private final StateTable table;
    private final CharClasses classes;
    private final int width;
    private final int[] next;
    private final int hash;

    /** For {@link #shortest}, {@link #longest} and {@link #reaches}; computed on demand. */
    private volatile Optional<Lengths> lengths = Optional.empty();

    private Automaton(StateTable canonical) {
        this.table = canonical;
        this.classes = canonical.classes();
        this.width = classes.count();
        this.next = canonical.next();
        this.hash =
                Arrays.hashCode(next) * 31 + canonical.accepting().hashCode() + classes.hashCode();
    }

    public static Automaton of(StateTable table) {
        WorkBudget.spend(
                STEPS_PER_CELL * table.next().length
                        + table.classes().intervals()
                        + STEPS_PER_AUTOMATON);
        return new Automaton(Minimizer.of(table));
    }

    public StateTable table() {
        return table;
    }

    /** All strings. */
    public static Automaton any() {
        return ANY;
    }

    /** No string. */
    public static Automaton none() {
        return NONE;
    }

    /** Only this string. */
    public static Automaton literal(String text) {
        return oneOf(List.of(text));
    }

    public static Automaton oneOf(Collection<String> words) {
        return of(WordGraph.of(words));
    }

    /** The strings of one code point from {@code set}. */
    public static Automaton ofSet(CharSet set) {
        CharClasses classes = CharClasses.of(List.of(set));
        StateTable.Rows rows = new StateTable.Rows(classes);
        int start = rows.add(false);
        int end = rows.add(true);
        for (int c : classes.members(set)) {
            rows.set(start, c, end);
        }
        return of(rows.toTable());
    }

    public Automaton and(Automaton other) {
        if (this == ANY || this == other) {
            return other;
        }
        return other == ANY ? this : of(ProductConstruction.and(table, other.table));
    }

    public Automaton or(Automaton other) {
        return of(ProductConstruction.or(table, other.table));
    }

    public Automaton minus(Automaton other) {
        return of(ProductConstruction.minus(table, other.table));
    }

    public Automaton complement() {
        return of(ProductConstruction.complement(table));
    }

    /**
     * The concatenation: each string of this automaton followed by each string of {@code other}.
     */
    public Automaton then(Automaton other) {
        return of(Concatenation.of(table, other.table));
    }

    public int start() {
        return 0;
    }

    /** The state after {@code codePoint}, or -1 if no accepted string continues with it. */
    public int next(int state, int codePoint) {
        return next[state * width + classes.classOf(codePoint)];
    }

    public boolean accepts(int state) {
        return table.accepting().get(state);
    }

    public boolean matches(String text) {
        int state = start();
        for (int i = 0; i < text.length() && state >= 0; ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            state = c >= CharSet.SURROGATES && c < CharSet.AFTER_SURROGATES ? -1 : next(state, c);
        }
        return state >= 0 && accepts(state);
    }

    public boolean isEmpty() {
        return table.accepting().isEmpty();
    }

    public int states() {
        return table.states();
    }

    /** The number of table cells, a measure of the memory used. */
    public int cells() {
        return next.length;
    }

    /** True when some code point from {@code lowest} to {@code highest} is allowed in the state. */
    public boolean canTake(int state, int lowest, int highest) {
        return canTake(state, lowest, highest, 0, Long.MAX_VALUE);
    }

    /**
     * True when some code point from {@code lowest} to {@code highest} leads to a state from which
     * a string of {@code min} to {@code max} code points is accepted.
     */
    public boolean canTake(int state, int lowest, int highest, int min, long max) {
        int low = lowest;
        int high = highest;
        if (low >= CharSet.SURROGATES && low < CharSet.AFTER_SURROGATES) {
            low = CharSet.AFTER_SURROGATES;
        }
        if (high >= CharSet.SURROGATES && high < CharSet.AFTER_SURROGATES) {
            high = CharSet.SURROGATES - 1;
        }
        if (low > high) {
            return false;
        }
        int refused = -1;
        for (int i = classes.interval(low);
                i < classes.intervals() && classes.start(i) <= high;
                i++) {
            int to = next[state * width + classes.classOfInterval(i)];
            if (to >= 0 && to != refused) {
                if (min <= 0 && max == Long.MAX_VALUE || reaches(to, min, max)) {
                    return true;
                }
                refused = to;
            }
        }
        return false;
    }

    /** True when every code point leads back to {@code state}. */
    public boolean loops(int state) {
        for (int i = state * width; i < (state + 1) * width; i++) {
            if (next[i] != state) {
                return false;
            }
        }
        return true;
    }

    /** True when every code point of {@code set} leads back to {@code state}. */
    public boolean loops(int state, CharSet set) {
        for (int r = 0; r < set.ranges(); r++) {
            for (int i = classes.interval(set.low(r));
                    i < classes.intervals() && classes.start(i) <= set.high(r);
                    i++) {
                if (next[state * width + classes.classOfInterval(i)] != state) {
                    return false;
                }
            }
        }
        return true;
    }

    /**
     * A shortest string accepted from {@code state}. It prefers characters that JSON need not
     * escape. After its first code point, the rest is the shortest string of the next state.
     */
    public String shortest(int state) {
        return lengths().shortest(state);
    }

    /** True when the language is finite. */
    public boolean isFinite() {
        return longest(start()) < Long.MAX_VALUE;
    }

    /** True when every prefix of an accepted string can be extended beyond any length. */
    public boolean isEndless() {
        for (int state = 0; state < states(); state++) {
            if (longest(state) < Long.MAX_VALUE) {
                return false;
            }
        }
        return true;
    }

    /** Code points of the longest string accepted from {@code state}; MAX_VALUE if unbounded. */
    public long longest(int state) {
        return lengths().longest(state);
    }

    /**
     * True when a string of {@code min} to {@code max} code points is accepted from {@code state}.
     * Exact, except that lengths beyond {@link Lengths#MAX_EXACT_LENGTH} count as impossible if
     * neither a loop nor a period shows that they are possible.
     */
    public boolean reaches(int state, int min, long max) {
        return lengths().reaches(state, min, max);
    }

    /**
     * All strings in code point order, if there are at most {@code limit} and they do not have
     * millions of characters in total.
     */
    public Optional<List<String>> words(int limit) {
        return new WordEnumerator(table, lengths()).upTo(limit);
    }

    private Lengths lengths() {
        Optional<Lengths> known = lengths;
        if (known.isEmpty()) {
            known = Optional.of(new Lengths(table));
            lengths = known;
        }
        WorkBudget.spendOnce(known.get(), known.get().steps());
        return known.get();
    }

    @Override
    public boolean equals(Object o) {
        return this == o
                || o instanceof Automaton other
                        && hash == other.hash
                        && table.states() == other.table.states()
                        && table.accepting().equals(other.table.accepting())
                        && Arrays.equals(next, other.next)
                        && classes.equals(other.classes);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return "automaton of " + states() + " states and " + width + " classes";
    }
}

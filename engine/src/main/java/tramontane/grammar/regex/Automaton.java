package tramontane.grammar.regex;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * An immutable deterministic automaton over Unicode scalar values: a language of strings.
 *
 * <p>Minimal and canonical, so {@code equals} means that the same strings are accepted. From every
 * state something is still accepted, but for the only state of the empty language. Operations throw
 * {@link TooComplexException} where the result would be beyond the limits.
 */
public final class Automaton {
    private static final Automaton NONE = Work.uncounted(() -> ofSet(CharSet.none()));
    private static final Automaton ANY = Work.uncounted(NONE::complement);

    /** Making a table, making it minimal, and finding its lengths go over each cell a few times. */
    private static final long STEPS_A_CELL = 4;

    private static final long STEPS_AN_AUTOMATON = 100;

    private final StateTable table;
    private final CharClasses classes;
    private final int width;
    private final int[] next;
    private final int hash;

    /** What {@link #shortest}, {@link #longest} and {@link #reaches} need; made when asked for. */
    private volatile Optional<Lengths> lengths = Optional.empty();

    private Automaton(StateTable canonical) {
        this.table = canonical;
        this.classes = canonical.classes();
        this.width = classes.count();
        this.next = canonical.next();
        this.hash =
                Arrays.hashCode(next) * 31 + canonical.accepting().hashCode() + classes.hashCode();
    }

    static Automaton of(StateTable table) {
        Work.spend(
                STEPS_A_CELL * table.next().length
                        + table.classes().intervals()
                        + STEPS_AN_AUTOMATON);
        return new Automaton(Minimal.of(table));
    }

    StateTable table() {
        return table;
    }

    /** Every string. */
    public static Automaton any() {
        return ANY;
    }

    /** No string. */
    public static Automaton none() {
        return NONE;
    }

    /** This string alone. */
    public static Automaton literal(String text) {
        return oneOf(List.of(text));
    }

    public static Automaton oneOf(Collection<String> words) {
        return of(WordGraph.of(words));
    }

    /** The strings of one code point that is in {@code set}. */
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
        return other == ANY ? this : of(Products.and(table, other.table));
    }

    public Automaton or(Automaton other) {
        return of(Products.or(table, other.table));
    }

    public Automaton minus(Automaton other) {
        return of(Products.minus(table, other.table));
    }

    public Automaton complement() {
        return of(Products.complement(table));
    }

    /** A string of this and then one of {@code other}. */
    public Automaton then(Automaton other) {
        return of(Concatenation.of(table, other.table));
    }

    public int start() {
        return 0;
    }

    /** The state behind {@code codePoint}, or -1 where no accepted string goes on so. */
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

    /** Entries of its table: what it takes to keep it. */
    public int cells() {
        return next.length;
    }

    /** Whether some code point from {@code lowest} to {@code highest} leads on. */
    public boolean canTake(int state, int lowest, int highest) {
        return canTake(state, lowest, highest, 0, Long.MAX_VALUE);
    }

    /**
     * Whether some code point from {@code lowest} to {@code highest} leads to where a string of
     * {@code least} to {@code most} code points is accepted.
     */
    public boolean canTake(int state, int lowest, int highest, int least, long most) {
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
                if (least <= 0 && most == Long.MAX_VALUE || reaches(to, least, most)) {
                    return true;
                }
                refused = to;
            }
        }
        return false;
    }

    /** Whether every code point leads back to {@code state}. */
    public boolean loops(int state) {
        for (int i = state * width; i < (state + 1) * width; i++) {
            if (next[i] != state) {
                return false;
            }
        }
        return true;
    }

    /** Whether every code point of {@code set} leads back to {@code state}. */
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
     * A shortest string accepted from {@code state}, of characters that JSON need not escape where
     * there is a choice. What follows its first code point is the shortest from there.
     */
    public String shortest(int state) {
        return lengths().shortest(state);
    }

    /** Whether finitely many strings are accepted. */
    public boolean isFinite() {
        return longest(start()) < Long.MAX_VALUE;
    }

    /** Whether every beginning of a word can be made longer than any bound. */
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
     * Whether a string of {@code least} to {@code most} code points is accepted from {@code state}.
     * Exact, except that lengths beyond {@link Lengths#EXACT} count as impossible where neither a
     * loop nor a period tells of them.
     */
    public boolean reaches(int state, int least, long most) {
        return lengths().reaches(state, least, most);
    }

    /**
     * All strings, in order of code points, if there are at most {@code limit} of them and they do
     * not have millions of characters together.
     */
    public Optional<List<String>> words(int limit) {
        return new WordList(table, lengths()).upTo(limit);
    }

    private Lengths lengths() {
        Optional<Lengths> known = lengths;
        if (known.isEmpty()) {
            known = Optional.of(new Lengths(table));
            lengths = known;
        }
        Work.spendOnce(known.get(), known.get().steps());
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

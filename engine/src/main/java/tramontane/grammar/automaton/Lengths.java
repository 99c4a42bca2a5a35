package tramontane.grammar.automaton;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The lengths of the strings that are accepted from each state.
 *
 * <p>From most states, every length between the shortest and the longest is possible. Where that is
 * not so, for example in a language of pairs of digits, {@link #exactly} is the set of states from
 * which a string of exactly k code points is accepted. These sets are computed on demand; the
 * sequence of sets is eventually periodic.
 */
final class Lengths {
    /** Lengths up to this one are exact for every automaton. */
    static final int MAX_EXACT_LENGTH = 1 << 16;

    /**
     * Upper limit for the work on the sets: states plus edges for each. Large automata have fewer
     * exact lengths.
     */
    private static final long MAX_EXACT_WORK = 1L << 26;

    private static final String PREFERRED =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                    + "-_.:/@+,;=~!#$%&'()*?[]^`{|}<> ";

    private final StateTable table;
    private final int width;
    private final Predecessors predecessors;
    private final int[] min;
    private final long[] max;

    /**
     * The length from which on all lengths are possible; MAX_VALUE if there is none or it is not
     * known.
     */
    private final int[] allFrom;

    /** True for states from which every length from min to max is possible. */
    private final BitSet unbroken = new BitSet();

    private final List<BitSet> exactly = new ArrayList<>();
    private final Map<BitSet, Integer> seen = new HashMap<>();

    /** Steps that the constructor took. */
    private long steps;

    /**
     * From {@code exactly.size()} on, the set for length n equals the set for n - period; 0 if
     * unknown.
     */
    private int period;

    Lengths(StateTable table) {
        this.table = table;
        this.width = table.classes().count();
        this.min = new int[table.states()];
        this.max = new long[table.states()];
        this.allFrom = new int[table.states()];
        this.predecessors = new Predecessors(table);
        predecessors.distances(table.accepting(), min);
        BitSet loops = new BitSet();
        for (int s = 0; s < table.states(); s++) {
            for (int c = 0; c < width; c++) {
                if (table.next(s, c) == s) {
                    loops.set(s);
                }
            }
        }
        findMax(predecessors.peel());
        findAllFrom(loops);
        steps += table.next().length;
    }

    /**
     * @param order the states that reach no cycle, each after all of its successors
     */
    private void findMax(int[] order) {
        Arrays.fill(max, Long.MAX_VALUE);
        for (int s : order) {
            long longest = table.accepting().get(s) ? 0 : -1;
            for (int c = 0; c < width; c++) {
                int to = table.next(s, c);
                longest = to < 0 ? longest : Math.max(longest, 1 + max[to]);
            }
            max[s] = longest;
            unbroken.set(s, isUnbroken(s));
        }
    }

    /** True when the length ranges of the successors cover all lengths from min to max. */
    private boolean isUnbroken(int state) {
        steps += width * (1 + max[state] / Long.SIZE);
        BitSet covered = new BitSet();
        covered.set(0, table.accepting().get(state));
        for (int c = 0; c < width; c++) {
            int to = table.next(state, c);
            if (to >= 0 && unbroken.get(to)) {
                covered.set(1 + min[to], 2 + (int) max[to]);
            }
        }
        return max[state] >= 0 && covered.nextClearBit(Math.max(min[state], 0)) > max[state];
    }

    /**
     * A state with a self-loop has all lengths from its minimum on. Its predecessors inherit that,
     * with one more code point each.
     */
    private void findAllFrom(BitSet loops) {
        Arrays.fill(allFrom, Integer.MAX_VALUE);
        List<BitSet> byLength = new ArrayList<>();
        for (int s = loops.nextSetBit(0); s >= 0; s = loops.nextSetBit(s + 1)) {
            allFrom[s] = min[s];
            while (byLength.size() <= min[s]) {
                byLength.add(new BitSet());
            }
            byLength.get(min[s]).set(s);
        }
        predecessors.spread(byLength, allFrom);
        for (int s = 0; s < allFrom.length; s++) {
            if (allFrom[s] == min[s]) {
                unbroken.set(s);
            }
        }
    }

    long steps() {
        return steps;
    }

    String shortest(int state) {
        WorkBudget.spend(min[state]);
        StringBuilder text = new StringBuilder();
        int at = state;
        while (min[at] > 0) {
            int c = bestStep(at);
            text.appendCodePoint(c);
            at = table.next(at, table.classes().classOf(c));
        }
        return text.toString();
    }

    private int bestStep(int state) {
        for (int i = 0; i < PREFERRED.length(); i++) {
            if (isStep(state, table.classes().classOf(PREFERRED.charAt(i)))) {
                return PREFERRED.charAt(i);
            }
        }
        int escaped = -1;
        for (int i = 0; i < table.classes().intervals(); i++) {
            if (isStep(state, table.classes().classOfInterval(i))) {
                int c = table.classes().end(i);
                // Prefer the first code point of a range beyond ASCII. What is left below it needs
                // an escape.
                if (c > 0x9F) {
                    return Math.max(0xA0, table.classes().start(i));
                }
                escaped = escaped < 0 ? table.classes().start(i) : escaped;
            }
        }
        return escaped;
    }

    private boolean isStep(int state, int charClass) {
        int to = table.next(state, charClass);
        return to >= 0 && min[to] == min[state] - 1;
    }

    long longest(int state) {
        return max[state];
    }

    boolean reaches(int state, int minWanted, long maxWanted) {
        long from = Math.max(minWanted, min[state]);
        long to = Math.min(maxWanted, max[state]);
        if (min[state] < 0 || from > to) {
            return false;
        }
        if (from == min[state] || to == max[state] || unbroken.get(state) || to >= allFrom[state]) {
            return true;
        }
        return anyExactly(state, from, to);
    }

    private synchronized boolean anyExactly(int state, long from, long to) {
        long end = to;
        for (long k = from; k <= end; k++) {
            boolean known = extend(k);
            long sets = Math.min(exactly.size(), k + 1);
            WorkBudget.spendOnce(exactly, sets * (table.states() + predecessors.edges()));
            if (!known) {
                return false;
            }
            int size = exactly.size();
            if (period > 0) {
                end = Math.min(end, Math.max(from, size) + period - 1);
            }
            long at = k < size ? k : size - period + (k - size) % period;
            if (exactly.get((int) at).get(state)) {
                return true;
            }
        }
        return false;
    }

    /** Computes the sets up to length k; false if that exceeds the limits. */
    private boolean extend(long k) {
        while (exactly.size() <= k && period == 0) {
            long work = (long) exactly.size() * (table.states() + predecessors.edges());
            if (exactly.size() > MAX_EXACT_LENGTH || work > MAX_EXACT_WORK) {
                return false;
            }
            BitSet set =
                    exactly.isEmpty() ? table.accepting() : predecessors.before(exactly.getLast());
            Integer same = seen.putIfAbsent(set, exactly.size());
            if (same != null) {
                period = exactly.size() - same;
            } else {
                exactly.add(set);
            }
        }
        return true;
    }
}

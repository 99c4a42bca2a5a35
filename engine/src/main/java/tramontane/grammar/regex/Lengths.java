package tramontane.grammar.regex;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How long the strings are that are accepted from each state.
 *
 * <p>Most states have every length from a shortest to a longest. Where that is not so, as in pairs
 * of digits, {@link #exactly} says from which states a string of exactly k code points is accepted;
 * these sets are made as they are asked for, until they repeat.
 */
final class Lengths {
    /** Lengths up to here are told exactly for every automaton. */
    static final int EXACT = 1 << 16;

    /** States and steps that the sets may take: of a large automaton fewer lengths are told. */
    private static final long EXACT_WORK = 1L << 26;

    private static final String PREFERRED =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                    + "-_.:/@+,;=~!#$%&'()*?[]^`{|}<> ";

    private final StateTable table;
    private final int width;
    private final Predecessors predecessors;
    private final int[] least;
    private final long[] most;

    /** All lengths from here on are possible; MAX_VALUE if that is not known of any. */
    private final int[] allFrom;

    /** Whether every length from least to most is possible. */
    private final BitSet unbroken = new BitSet();

    private final List<BitSet> exactly = new ArrayList<>();
    private final Map<BitSet, Integer> seen = new HashMap<>();

    /** Steps it took to make this, without {@link #exactly}. */
    private long steps;

    /** Set number n equals set number n - period, from {@code exactly.size()} on; 0 if unknown. */
    private int period;

    Lengths(StateTable table) {
        this.table = table;
        this.width = table.classes().count();
        this.least = new int[table.states()];
        this.most = new long[table.states()];
        this.allFrom = new int[table.states()];
        this.predecessors = new Predecessors(table);
        predecessors.distances(table.accepting(), least);
        BitSet loops = new BitSet();
        for (int s = 0; s < table.states(); s++) {
            for (int c = 0; c < width; c++) {
                if (table.next(s, c) == s) {
                    loops.set(s);
                }
            }
        }
        findMost(predecessors.peel());
        findAllFrom(loops);
        steps += table.next().length;
    }

    /**
     * @param order the states on no cycle and before none, each after all that follow it
     */
    private void findMost(int[] order) {
        Arrays.fill(most, Long.MAX_VALUE);
        for (int s : order) {
            long longest = table.accepting().get(s) ? 0 : -1;
            for (int c = 0; c < width; c++) {
                int to = table.next(s, c);
                longest = to < 0 ? longest : Math.max(longest, 1 + most[to]);
            }
            most[s] = longest;
            unbroken.set(s, isUnbroken(s));
        }
    }

    /** Whether the lengths that follow, each unbroken, cover all from least to most. */
    private boolean isUnbroken(int state) {
        steps += width * (1 + most[state] / Long.SIZE);
        BitSet covered = new BitSet();
        covered.set(0, table.accepting().get(state));
        for (int c = 0; c < width; c++) {
            int to = table.next(state, c);
            if (to >= 0 && unbroken.get(to)) {
                covered.set(1 + least[to], 2 + (int) most[to]);
            }
        }
        return most[state] >= 0 && covered.nextClearBit(Math.max(least[state], 0)) > most[state];
    }

    /** A state with a loop has all lengths from its least on, and so what comes before it. */
    private void findAllFrom(BitSet loops) {
        Arrays.fill(allFrom, Integer.MAX_VALUE);
        List<BitSet> byLength = new ArrayList<>();
        for (int s = loops.nextSetBit(0); s >= 0; s = loops.nextSetBit(s + 1)) {
            allFrom[s] = least[s];
            while (byLength.size() <= least[s]) {
                byLength.add(new BitSet());
            }
            byLength.get(least[s]).set(s);
        }
        predecessors.spread(byLength, allFrom);
        for (int s = 0; s < allFrom.length; s++) {
            if (allFrom[s] == least[s]) {
                unbroken.set(s);
            }
        }
    }

    long steps() {
        return steps;
    }

    String shortest(int state) {
        Work.spend(least[state]);
        StringBuilder text = new StringBuilder();
        int at = state;
        while (least[at] > 0) {
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
                // Beyond ASCII the first of a range; below it all that is left wants an escape.
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
        return to >= 0 && least[to] == least[state] - 1;
    }

    long longest(int state) {
        return most[state];
    }

    boolean reaches(int state, int leastWanted, long mostWanted) {
        long from = Math.max(leastWanted, least[state]);
        long to = Math.min(mostWanted, most[state]);
        if (least[state] < 0 || from > to) {
            return false;
        }
        if (from == least[state]
                || to == most[state]
                || unbroken.get(state)
                || to >= allFrom[state]) {
            return true;
        }
        return anyExactly(state, from, to);
    }

    private synchronized boolean anyExactly(int state, long from, long to) {
        long end = to;
        for (long k = from; k <= end; k++) {
            boolean told = extend(k);
            long sets = Math.min(exactly.size(), k + 1);
            Work.spendOnce(exactly, sets * (table.states() + predecessors.edges()));
            if (!told) {
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

    /** Makes the sets up to length k; false if that is more than may be kept. */
    private boolean extend(long k) {
        while (exactly.size() <= k && period == 0) {
            long work = (long) exactly.size() * (table.states() + predecessors.edges());
            if (exactly.size() > EXACT || work > EXACT_WORK) {
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

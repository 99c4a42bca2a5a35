package tramontane.grammar.pattern;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tramontane.grammar.automaton.StateTable;

/**
 * The obligations of a thread: automata of the look-aheads it has passed, each in some state, all
 * of which must accept the rest of the text. Each distinct set of obligations has an id; {@link
 * #NONE} is the empty set.
 *
 * <p>A state from which everything is accepted is no obligation and is left out. A state from which
 * nothing is accepted makes the set {@link #BROKEN}.
 */
final class Obligations {
    static final int NONE = 0;
    static final int BROKEN = -1;

    /** The text must end here. */
    private static final long AT_END = Long.MAX_VALUE;

    private static final int UNKNOWN = -2;

    private final int classes;
    private final List<StateTable> automata = new ArrayList<>();
    private final List<long[]> sets = new ArrayList<>();
    private final List<int[]> nexts = new ArrayList<>();
    private final Map<List<Long>, Integer> ids = new HashMap<>();

    Obligations(int classes) {
        this.classes = classes;
        idOf(new long[0]);
    }

    /** Adds an automaton and returns the number by which {@link #with} refers to it. */
    int register(StateTable automaton) {
        automata.add(automaton);
        return automata.size() - 1;
    }

    private int idOf(long[] sorted) {
        return ids.computeIfAbsent(
                Arrays.stream(sorted).boxed().toList(),
                k -> {
                    sets.add(sorted);
                    nexts.add(new int[0]);
                    return sets.size() - 1;
                });
    }

    /** The set with one more obligation: the automaton must accept the rest of the text. */
    int with(int set, int automaton) {
        return add(set, automaton, 0);
    }

    int withEnd(int set) {
        return insert(set, AT_END);
    }

    private int add(int set, int automaton, int state) {
        StateTable table = automata.get(automaton);
        if (state < 0 || table.accepting().isEmpty()) {
            return BROKEN;
        }
        return takesAll(table, state) ? set : insert(set, (long) automaton << 32 | state);
    }

    /** In a minimal automaton only a state that loops on all classes accepts everything. */
    private boolean takesAll(StateTable table, int state) {
        if (!table.accepting().get(state)) {
            return false;
        }
        for (int c = 0; c < classes; c++) {
            if (table.next(state, c) != state) {
                return false;
            }
        }
        return true;
    }

    private int insert(int set, long item) {
        long[] items = sets.get(set);
        int at = Arrays.binarySearch(items, item);
        if (at >= 0) {
            return set;
        }
        at = -at - 1;
        long[] more = new long[items.length + 1];
        System.arraycopy(items, 0, more, 0, at);
        more[at] = item;
        System.arraycopy(items, at, more, at + 1, items.length - at);
        return idOf(more);
    }

    boolean wantsEnd(int set) {
        long[] items = sets.get(set);
        return items.length > 0 && items[items.length - 1] == AT_END;
    }

    /** True when all obligations are met if the text ends here. */
    boolean acceptEnd(int set) {
        for (long item : sets.get(set)) {
            if (item != AT_END && !automata.get((int) (item >> 32)).accepting().get((int) item)) {
                return false;
            }
        }
        return true;
    }

    /** True when {@code more} contains all obligations of {@code less}. */
    boolean covers(int more, int less) {
        for (long item : sets.get(less)) {
            if (Arrays.binarySearch(sets.get(more), item) < 0) {
                return false;
            }
        }
        return true;
    }

    int next(int set, int charClass) {
        if (set == NONE) {
            return NONE;
        }
        if (nexts.get(set).length == 0) {
            int[] unknown = new int[classes];
            Arrays.fill(unknown, UNKNOWN);
            nexts.set(set, unknown);
        }
        int[] next = nexts.get(set);
        if (next[charClass] == UNKNOWN) {
            next[charClass] = step(sets.get(set), charClass);
        }
        return next[charClass];
    }

    private int step(long[] items, int charClass) {
        int after = NONE;
        for (long item : items) {
            if (item == AT_END) {
                return BROKEN;
            }
            int automaton = (int) (item >> 32);
            after = add(after, automaton, automata.get(automaton).next((int) item, charClass));
            if (after == BROKEN) {
                return BROKEN;
            }
        }
        return after;
    }
}

package tramontane.grammar.automaton;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The concatenation of two automata, by the subset construction of Rabin and Scott (1959). */
final class Concatenation {
    private static final long NO_FIRST = -1L;

    private final StateTable first;
    private final StateTable second;
    private final CharClasses.Refined refined;
    private final StateTable.Rows rows;
    private final Map<Key, Integer> states = new HashMap<>();
    private final List<long[]> members = new ArrayList<>();
    private long steps;

    private Concatenation(StateTable first, StateTable second) {
        this.first = first;
        this.second = second;
        this.refined = first.classes().refine(second.classes());
        this.rows = new StateTable.Rows(refined.classes());
    }

    /**
     * A state of the first automaton, or none, followed by the possible states of the second in
     * ascending order.
     */
    private record Key(long[] states) {
        @Override
        public boolean equals(Object o) {
            return o instanceof Key key && Arrays.equals(states, key.states);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(states);
        }
    }

    static StateTable of(StateTable first, StateTable second) {
        Concatenation made = new Concatenation(first, second);
        made.stateOf(0, new LongList());
        for (int s = 0; s < made.members.size(); s++) {
            made.fill(s);
        }
        return made.rows.toTable();
    }

    private int stateOf(int inFirst, LongList inSecond) {
        if (inFirst >= 0 && first.accepting().get(inFirst)) {
            inSecond.add(0);
        }
        long[] sorted = inSecond.sortedDistinct();
        long[] key = new long[sorted.length + 1];
        key[0] = inFirst < 0 ? NO_FIRST : inFirst;
        System.arraycopy(sorted, 0, key, 1, sorted.length);
        Integer known = states.get(new Key(key));
        if (known != null) {
            return known;
        }
        boolean accepts = false;
        for (long s : sorted) {
            accepts |= second.accepting().get((int) s);
        }
        int state = rows.add(accepts);
        states.put(new Key(key), state);
        members.add(key);
        return state;
    }

    private void fill(int state) {
        long[] key = members.get(state);
        for (int c = 0; c < refined.classes().count(); c++) {
            steps += key.length;
            WorkBudget.spend(key.length);
            if (steps > AutomatonLimits.MAX_STEPS) {
                throw new TooComplexException("needs too many steps to become deterministic");
            }
            int toFirst = key[0] < 0 ? -1 : first.next((int) key[0], refined.first()[c]);
            LongList toSecond = new LongList();
            for (int i = 1; i < key.length; i++) {
                int to = second.next((int) key[i], refined.second()[c]);
                if (to >= 0) {
                    toSecond.add(to);
                }
            }
            if (toFirst >= 0 || toSecond.size() > 0) {
                rows.set(state, c, stateOf(toFirst, toSecond));
            }
        }
    }
}

package tramontane.grammar.automaton;

import java.util.Arrays;
import java.util.BitSet;

/**
 * The transition table of a DFA. State 0 is the start state, and all states are reachable.
 *
 * @param next next[state · classes.count() + class] is the next state, or -1 if there is none
 */
public record StateTable(CharClasses classes, int states, int[] next, BitSet accepting) {
    public static final int DEAD = -1;

    public int next(int state, int charClass) {
        return next[state * classes.count() + charClass];
    }

    /** A table under construction, one row for each state. */
    public static final class Rows {
        private final CharClasses classes;
        private final BitSet accepting = new BitSet();
        private int[] next = new int[64];
        private int states;

        public Rows(CharClasses classes) {
            this.classes = classes;
        }

        public int add(boolean accepts) {
            AutomatonLimits.checkTable(states + 1, classes.count());
            int end = (states + 1) * classes.count();
            if (end > next.length) {
                next = Arrays.copyOf(next, Math.max(end, next.length * 2));
            }
            Arrays.fill(next, states * classes.count(), end, DEAD);
            accepting.set(states, accepts);
            return states++;
        }

        public void set(int state, int charClass, int target) {
            next[state * classes.count() + charClass] = target;
        }

        public void setAll(int state, int target) {
            int at = state * classes.count();
            Arrays.fill(next, at, at + classes.count(), target);
        }

        /** Copies the transitions of {@code from} to {@code to}. */
        public void copy(int from, int to) {
            int width = classes.count();
            System.arraycopy(next, from * width, next, to * width, width);
        }

        public int states() {
            return states;
        }

        public StateTable toTable() {
            return new StateTable(
                    classes, states, Arrays.copyOf(next, states * classes.count()), accepting);
        }
    }
}

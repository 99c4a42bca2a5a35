package tramontane.grammar.regex;

import java.util.Arrays;
import java.util.BitSet;

/**
 * A deterministic automaton as it is while being made: state 0 is the start, all states can be
 * reached.
 *
 * @param next next[state · classes.count() + class] is a state, or -1 where nothing follows
 */
record StateTable(CharClasses classes, int states, int[] next, BitSet accepting) {
    static final int DEAD = -1;

    int next(int state, int charClass) {
        return next[state * classes.count() + charClass];
    }

    /** A table that grows a row at a time. */
    static final class Rows {
        private final CharClasses classes;
        private final BitSet accepting = new BitSet();
        private int[] next = new int[64];
        private int states;

        Rows(CharClasses classes) {
            this.classes = classes;
        }

        int add(boolean accepts) {
            Limits.checkTable(states + 1, classes.count());
            int end = (states + 1) * classes.count();
            if (end > next.length) {
                next = Arrays.copyOf(next, Math.max(end, next.length * 2));
            }
            Arrays.fill(next, states * classes.count(), end, DEAD);
            accepting.set(states, accepts);
            return states++;
        }

        void set(int state, int charClass, int target) {
            next[state * classes.count() + charClass] = target;
        }

        void setAll(int state, int target) {
            int at = state * classes.count();
            Arrays.fill(next, at, at + classes.count(), target);
        }

        /** Lets {@code to} go on as {@code from} does. */
        void copy(int from, int to) {
            int width = classes.count();
            System.arraycopy(next, from * width, next, to * width, width);
        }

        int states() {
            return states;
        }

        StateTable toTable() {
            return new StateTable(
                    classes, states, Arrays.copyOf(next, states * classes.count()), accepting);
        }
    }
}

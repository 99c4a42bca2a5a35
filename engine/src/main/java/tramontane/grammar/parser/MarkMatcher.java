package tramontane.grammar.parser;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import tramontane.grammar.Grammar;

/**
 * Finds the text marks of a prose, byte by byte. It runs two automata of Aho and Corasick
 * ("Efficient string matching", 1975): one for marks that are written exactly, one for marks with
 * white space between their bytes.
 */
final class MarkMatcher {
    /**
     * The state of the search.
     *
     * @param exact state of the automaton of exact marks
     * @param spaced state of the automaton that skips white space
     */
    record Progress(int exact, int spaced) {
        static final Progress NONE = new Progress(0, 0);
    }

    private final AhoCorasick exact;
    private final AhoCorasick spaced;

    /**
     * @param anchored true when a mark counts only at the start of the text
     */
    MarkMatcher(List<Grammar.Branch> branches, boolean anchored) {
        exact = new AhoCorasick(anchored);
        spaced = new AhoCorasick(anchored);
        for (int i = 0; i < branches.size(); i++) {
            switch (branches.get(i).mark()) {
                case Grammar.Text(String text) -> exact.add(bytes(text), i);
                case Grammar.Spaced(String text) -> spaced.add(bytes(text), i);
                default -> {
                    // Control tokens have no bytes.
                }
            }
        }
        exact.link();
        spaced.link();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    Progress after(Progress at, int label) {
        boolean blank = label == ' ' || label == '\n' || label == '\r' || label == '\t';
        int one = exact.next(at.exact, label);
        int two = blank ? at.spaced : spaced.next(at.spaced, label);
        return one == at.exact && two == at.spaced
                ? at
                : one == 0 && two == 0 ? Progress.NONE : new Progress(one, two);
    }

    /** The first branch whose mark is complete, or -1. */
    int complete(Progress at) {
        int one = exact.branch[at.exact];
        int two = spaced.branch[at.spaced];
        return one < 0 ? two : two < 0 ? one : Math.min(one, two);
    }

    /**
     * The minimum number of bytes that complete a mark; {@code Integer.MAX_VALUE} if there is no
     * mark.
     */
    int missing(Progress at) {
        return Math.min(exact.missing[at.exact], spaced.missing[at.spaced]);
    }

    /** How many bytes of this exact mark the text ends with, less than all of them. */
    int matched(Progress at, byte[] mark) {
        int state = 0;
        for (int length = 1; length < mark.length; length++) {
            state = exact.child(state, mark[length - 1] & 0xff);
            if (state == at.exact) {
                return length;
            }
        }
        return 0;
    }

    private static final class AhoCorasick {
        private static final int NONE = 0;
        private static final int LOST = 1;

        private int size = 1;
        private int[] label = new int[16];
        private int[] firstChild = new int[16];
        private int[] nextSibling = new int[16];
        private int[] fail = new int[16];
        private final int[] rootChildren = new int[256];
        private int[] branch = new int[16];
        private int[] missing = new int[16];

        private final boolean anchored;

        AhoCorasick(boolean anchored) {
            this.anchored = anchored;
            Arrays.fill(branch, -1);
            if (anchored) {
                // The state of a text that starts like no mark.
                size = LOST + 1;
            }
        }

        void add(byte[] mark, int index) {
            int state = 0;
            for (byte each : mark) {
                int child = child(state, each & 0xff);
                state = child == NONE ? grow(state, each & 0xff) : child;
            }
            branch[state] = branch[state] < 0 ? index : Math.min(branch[state], index);
        }

        private int grow(int parent, int byteLabel) {
            if (size == label.length) {
                int capacity = 2 * size;
                label = Arrays.copyOf(label, capacity);
                firstChild = Arrays.copyOf(firstChild, capacity);
                nextSibling = Arrays.copyOf(nextSibling, capacity);
                fail = Arrays.copyOf(fail, capacity);
                branch = Arrays.copyOf(branch, capacity);
                Arrays.fill(branch, size, capacity, -1);
            }
            label[size] = byteLabel;
            nextSibling[size] = firstChild[parent];
            firstChild[parent] = size;
            if (parent == 0) {
                rootChildren[byteLabel] = size;
            }
            return size++;
        }

        /**
         * The child for one more byte of a mark, or NONE. The root is nobody's child, so 0 is free
         * for NONE.
         */
        int child(int state, int byteLabel) {
            if (state == 0) {
                return rootChildren[byteLabel];
            }
            int child = firstChild[state];
            while (child != NONE && label[child] != byteLabel) {
                child = nextSibling[child];
            }
            return child;
        }

        int next(int from, int byteLabel) {
            int state = from;
            int child = child(state, byteLabel);
            if (anchored) {
                return child == NONE ? LOST : child;
            }
            while (child == NONE && state != 0) {
                state = fail[state];
                child = child(state, byteLabel);
            }
            return child;
        }

        /** Computes failure links and distances. Called once, after all marks were added. */
        void link() {
            if (!anchored) {
                linkFailures();
            }
            missing = new int[size];
            Arrays.fill(missing, Integer.MAX_VALUE);
            // A child has a higher number than its parent.
            for (int state = size - 1; state >= 0; state--) {
                if (branch[state] >= 0) {
                    missing[state] = 0;
                }
                for (int child = firstChild[state]; child != NONE; child = nextSibling[child]) {
                    if (missing[child] < missing[state]) {
                        missing[state] = Math.min(missing[state], missing[child] + 1);
                    }
                }
            }
            if (!anchored) {
                shortenByFailing();
            }
        }

        private void linkFailures() {
            Queue<Integer> queue = new ArrayDeque<>();
            for (int child = firstChild[0]; child != NONE; child = nextSibling[child]) {
                queue.add(child);
            }
            while (!queue.isEmpty()) {
                int state = queue.remove();
                for (int child = firstChild[state]; child != NONE; child = nextSibling[child]) {
                    fail[child] = next(fail[state], label[child]);
                    int inherited = branch[fail[child]];
                    if (inherited >= 0) {
                        branch[child] =
                                branch[child] < 0 ? inherited : Math.min(branch[child], inherited);
                    }
                    queue.add(child);
                }
            }
        }

        /** A shorter suffix of the text may be closer to the end of another mark. */
        private void shortenByFailing() {
            boolean[] done = new boolean[size];
            done[0] = true;
            for (int state = 1; state < size; state++) {
                shorten(state, done);
            }
        }

        private void shorten(int state, boolean[] done) {
            if (!done[state]) {
                done[state] = true;
                shorten(fail[state], done);
                missing[state] = Math.min(missing[state], missing[fail[state]]);
            }
        }
    }
}

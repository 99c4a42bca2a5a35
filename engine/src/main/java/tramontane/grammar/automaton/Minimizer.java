package tramontane.grammar.automaton;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Minimizes a transition table and makes it canonical.
 *
 * <p>First, states from which no accepting state can be reached are removed. Then states and
 * transitions are refined in turns, by the algorithm of Valmari, "Fast brief practical DFA
 * minimization" (2012). Like Hopcroft's algorithm it takes O(t log t) for t transitions, and it
 * needs no dead state. Code point classes with equal columns are merged and numbered by their first
 * code point. States are numbered breadth first.
 */
public final class Minimizer {
    private final StateTable table;
    private final int classes;
    private final int[] tails;
    private final int[] heads;
    private final int[] labels;

    /**
     * Incoming transitions: those of state s are incoming[incomingFirst[s] .. incomingFirst[s+1]).
     */
    private final int[] incoming;

    private final int[] incomingFirst;

    private final boolean mergeClasses;

    private Minimizer(StateTable table, boolean mergeClasses) {
        this.mergeClasses = mergeClasses;
        this.table = table;
        this.classes = table.classes().count();
        BitSet live = live(table);
        int size = 0;
        int[] next = table.next();
        for (int i = 0; i < table.states() * classes; i++) {
            size += next[i] >= 0 && live.get(next[i]) ? 1 : 0;
        }
        tails = new int[size];
        heads = new int[size];
        labels = new int[size];
        int t = 0;
        for (int c = 0; c < classes; c++) {
            for (int s = 0; s < table.states(); s++) {
                int head = next[s * classes + c];
                if (head >= 0 && live.get(head)) {
                    tails[t] = s;
                    heads[t] = head;
                    labels[t++] = c;
                }
            }
        }
        incomingFirst = new int[table.states() + 2];
        for (int head : heads) {
            incomingFirst[head + 2]++;
        }
        for (int s = 2; s < incomingFirst.length; s++) {
            incomingFirst[s] += incomingFirst[s - 1];
        }
        incoming = new int[size];
        for (t = 0; t < size; t++) {
            incoming[incomingFirst[heads[t] + 1]++] = t;
        }
    }

    static StateTable of(StateTable table) {
        return new Minimizer(table, true).minimize();
    }

    /** Minimizes the states but keeps the classes, for tables that must share them. */
    public static StateTable keepingClasses(StateTable table) {
        return new Minimizer(table, false).minimize();
    }

    /** The states from which an accepting state can be reached. */
    private static BitSet live(StateTable table) {
        int states = table.states();
        int classes = table.classes().count();
        int[] next = table.next();
        int[] first = new int[states + 2];
        for (int i = 0; i < states * classes; i++) {
            if (next[i] >= 0) {
                first[next[i] + 2]++;
            }
        }
        for (int s = 2; s < first.length; s++) {
            first[s] += first[s - 1];
        }
        int[] sources = new int[first[states + 1]];
        for (int i = 0; i < states * classes; i++) {
            if (next[i] >= 0) {
                sources[first[next[i] + 1]++] = i / classes;
            }
        }
        BitSet live = (BitSet) table.accepting().clone();
        int[] queue = Arrays.copyOf(live.stream().toArray(), states);
        int size = live.cardinality();
        for (int q = 0; q < size; q++) {
            for (int i = first[queue[q]]; i < first[queue[q] + 1]; i++) {
                if (!live.get(sources[i])) {
                    live.set(sources[i]);
                    queue[size++] = sources[i];
                }
            }
        }
        return live;
    }

    private StateTable minimize() {
        Partition blocks = new Partition(table.states());
        BitSet accepting = table.accepting();
        for (int s = accepting.nextSetBit(0); s >= 0; s = accepting.nextSetBit(s + 1)) {
            blocks.mark(s);
        }
        blocks.split();
        Partition cords = new Partition(tails.length);
        splitByLabel(cords);
        int block = 1;
        for (int cord = 0; cord < cords.sets(); cord++) {
            for (int i = cords.first(cord); i < cords.past(cord); i++) {
                blocks.mark(tails[cords.member(i)]);
            }
            blocks.split();
            for (; block < blocks.sets(); block++) {
                markIncoming(blocks, block, cords);
                cords.split();
            }
        }
        return canonical(blocks);
    }

    private void splitByLabel(Partition cords) {
        for (int t = 0; t < tails.length; ) {
            int label = labels[t];
            while (t < tails.length && labels[t] == label) {
                cords.mark(t++);
            }
            cords.split();
        }
    }

    private void markIncoming(Partition blocks, int block, Partition cords) {
        for (int i = blocks.first(block); i < blocks.past(block); i++) {
            int state = blocks.member(i);
            for (int j = incomingFirst[state]; j < incomingFirst[state + 1]; j++) {
                cords.mark(incoming[j]);
            }
        }
    }

    /** One row for each block in breadth-first order, columns ordered by their first code point. */
    private StateTable canonical(Partition blocks) {
        int[] rows = new int[blocks.sets() * classes];
        Arrays.fill(rows, StateTable.DEAD);
        for (int t = 0; t < tails.length; t++) {
            rows[blocks.setOf(tails[t]) * classes + labels[t]] = blocks.setOf(heads[t]);
        }
        int[] merged =
                mergeClasses
                        ? mergeColumns(rows, blocks.sets())
                        : IntStream.range(0, classes).toArray();
        int[] columns = firstOfEach(merged);
        int count = columns.length;
        int[] number = new int[blocks.sets()];
        Arrays.fill(number, -1);
        int[] order = new int[blocks.sets()];
        int size = 0;
        order[size] = blocks.setOf(0);
        number[order[size++]] = 0;
        int[] next = new int[blocks.sets() * count];
        BitSet accepting = new BitSet();
        for (int s = 0; s < size; s++) {
            int block = order[s];
            accepting.set(s, table.accepting().get(blocks.member(blocks.first(block))));
            for (int c = 0; c < count; c++) {
                int head = rows[block * classes + columns[c]];
                if (head >= 0 && number[head] < 0) {
                    number[head] = size;
                    order[size++] = head;
                }
                next[s * count + c] = head < 0 ? StateTable.DEAD : number[head];
            }
        }
        CharClasses coarse = table.classes().merge(merged, count);
        return new StateTable(coarse, size, Arrays.copyOf(next, size * count), accepting);
    }

    /**
     * For each class the index of its column among the distinct columns, ordered by first code
     * point.
     */
    private int[] mergeColumns(int[] rows, int rowCount) {
        int[] hash = new int[classes];
        for (int i = 0; i < rowCount * classes; i++) {
            hash[i % classes] = hash[i % classes] * 31 + rows[i];
        }
        int[] merged = new int[classes];
        Arrays.fill(merged, -1);
        Map<Integer, int[]> byHash = new HashMap<>();
        int count = 0;
        CharClasses all = table.classes();
        for (int i = 0; i < all.intervals(); i++) {
            int c = all.classOfInterval(i);
            if (merged[c] >= 0) {
                continue;
            }
            int[] candidates = byHash.getOrDefault(hash[c], new int[0]);
            for (int other : candidates) {
                if (sameColumn(rows, rowCount, c, other)) {
                    merged[c] = merged[other];
                    break;
                }
            }
            if (merged[c] < 0) {
                merged[c] = count++;
                int[] more = Arrays.copyOf(candidates, candidates.length + 1);
                more[candidates.length] = c;
                byHash.put(hash[c], more);
            }
        }
        return merged;
    }

    private boolean sameColumn(int[] rows, int rowCount, int a, int b) {
        for (int r = 0; r < rowCount; r++) {
            if (rows[r * classes + a] != rows[r * classes + b]) {
                return false;
            }
        }
        return true;
    }

    private static int[] firstOfEach(int[] merged) {
        int count = Arrays.stream(merged).max().orElse(-1) + 1;
        int[] columns = new int[count];
        for (int c = merged.length - 1; c >= 0; c--) {
            columns[merged[c]] = c;
        }
        return columns;
    }
}

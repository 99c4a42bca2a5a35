package tramontane.grammar.automaton;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** The reversed edges of an automaton, each once, without labels. */
final class Predecessors {
    private final int states;
    private final int[] first;
    private final int[] sources;
    private final int[] outgoing;

    Predecessors(StateTable table) {
        states = table.states();
        first = new int[states + 2];
        outgoing = new int[states];
        int width = table.classes().count();
        int[] lastSeen = new int[states];
        int[] tails = new int[states];
        int[] heads = new int[states];
        int size = 0;
        Arrays.fill(lastSeen, -1);
        for (int s = 0; s < states; s++) {
            for (int c = 0; c < width; c++) {
                int to = table.next(s, c);
                if (to < 0 || lastSeen[to] == s) {
                    continue;
                }
                lastSeen[to] = s;
                if (size == tails.length) {
                    tails = Arrays.copyOf(tails, size * 2);
                    heads = Arrays.copyOf(heads, size * 2);
                }
                tails[size] = s;
                heads[size++] = to;
                outgoing[s]++;
                first[to + 2]++;
            }
        }
        for (int s = 2; s < first.length; s++) {
            first[s] += first[s - 1];
        }
        sources = new int[size];
        for (int e = 0; e < size; e++) {
            sources[first[heads[e] + 1]++] = tails[e];
        }
    }

    int edges() {
        return sources.length;
    }

    /** The states with a successor in {@code set}. */
    BitSet before(BitSet set) {
        BitSet before = new BitSet(states);
        for (int s = set.nextSetBit(0); s >= 0; s = set.nextSetBit(s + 1)) {
            for (int i = first[s]; i < first[s + 1]; i++) {
                before.set(sources[i]);
            }
        }
        return before;
    }

    /**
     * The distance from each state to the nearest of {@code goals}, or -1 if none can be reached.
     */
    void distances(BitSet goals, int[] distance) {
        Arrays.fill(distance, -1);
        int[] queue = new int[states];
        int size = 0;
        for (int s = goals.nextSetBit(0); s >= 0; s = goals.nextSetBit(s + 1)) {
            distance[s] = 0;
            queue[size++] = s;
        }
        for (int q = 0; q < size; q++) {
            for (int i = first[queue[q]]; i < first[queue[q] + 1]; i++) {
                int source = sources[i];
                if (distance[source] < 0) {
                    distance[source] = distance[queue[q]] + 1;
                    queue[size++] = source;
                }
            }
        }
    }

    /** The states that reach no cycle, each after all of its successors. */
    int[] peel() {
        int[] open = outgoing.clone();
        int[] order = new int[states];
        int size = 0;
        for (int s = 0; s < states; s++) {
            if (open[s] == 0) {
                order[size++] = s;
            }
        }
        for (int q = 0; q < size; q++) {
            for (int i = first[order[q]]; i < first[order[q] + 1]; i++) {
                if (--open[sources[i]] == 0) {
                    order[size++] = sources[i];
                }
            }
        }
        return Arrays.copyOf(order, size);
    }

    /**
     * Lowers the value of each state to at most one more than the value of each successor.
     *
     * @param byValue the states with finite values, by value
     */
    void spread(List<BitSet> byValue, int[] values) {
        for (int v = 0; v < byValue.size(); v++) {
            BitSet now = byValue.get(v);
            for (int s = now.nextSetBit(0); s >= 0; s = now.nextSetBit(s + 1)) {
                if (values[s] < v) {
                    continue;
                }
                for (int i = first[s]; i < first[s + 1]; i++) {
                    if (values[sources[i]] > v + 1) {
                        values[sources[i]] = v + 1;
                        if (byValue.size() == v + 1) {
                            byValue.add(new BitSet());
                        }
                        byValue.get(v + 1).set(sources[i]);
                    }
                }
            }
        }
    }
}

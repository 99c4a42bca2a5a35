package tramontane.grammar.automaton;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Builds the minimal acyclic automaton of a list of words, by the incremental construction for
 * sorted input of Daciuk et al., "Incremental construction of minimal acyclic finite-state
 * automata" (2000).
 *
 * <p>Words are added in code point order. Once the next word is known, the states after the prefix
 * that both words share are final. They are replaced by equal states if there are any, so the
 * automaton is never larger than the minimal one plus one word.
 */
final class WordGraph {
    /** A final state: whether a word ends here, and its edges as pairs of code point and target. */
    private record State(boolean accepts, int[] edges) {
        @Override
        public boolean equals(Object o) {
            return o instanceof State state
                    && accepts == state.accepts
                    && Arrays.equals(edges, state.edges);
        }

        @Override
        public int hashCode() {
            return 2 * Arrays.hashCode(edges) + (accepts ? 1 : 0);
        }
    }

    /** A state on the path of the last word. It may still get edges. */
    private static final class OpenState {
        private final IntArray edges = new IntArray();
        private boolean accepts;
    }

    private static final class IntArray {
        private int[] items = new int[4];
        private int size;

        void add(int codePoint, int state) {
            if (size + 2 > items.length) {
                items = Arrays.copyOf(items, items.length * 2);
            }
            items[size++] = codePoint;
            items[size++] = state;
        }
    }

    private final Map<State, Integer> ids = new HashMap<>();
    private final List<State> states = new ArrayList<>();
    private final List<OpenState> path = new ArrayList<>();
    private int[] last = new int[0];

    private WordGraph() {
        path.add(new OpenState());
    }

    static StateTable of(Collection<String> words) {
        WordGraph graph = new WordGraph();
        words.stream()
                .filter(WordGraph::isUnicode)
                .map(word -> word.codePoints().toArray())
                .sorted(Arrays::compare)
                .forEach(graph::add);
        if (words.isEmpty()) {
            return Automaton.none().table();
        }
        graph.freezeBelow(0);
        return graph.toTable(graph.idOf(graph.path.getFirst()));
    }

    private static boolean isUnicode(String word) {
        return word.codePoints()
                .noneMatch(c -> c >= CharSet.SURROGATES && c < CharSet.AFTER_SURROGATES);
    }

    private void add(int[] word) {
        int shared = Arrays.mismatch(last, word);
        shared = shared < 0 ? word.length : shared;
        WorkBudget.spend(word.length);
        freezeBelow(shared);
        for (int i = shared; i < word.length; i++) {
            path.add(new OpenState());
        }
        path.get(word.length).accepts = true;
        last = word;
    }

    /** Makes the states after the first {@code depth} code points of the last word final. */
    private void freezeBelow(int depth) {
        for (int d = path.size() - 1; d > depth; d--) {
            int state = idOf(path.remove(d));
            path.get(d - 1).edges.add(last[d - 1], state);
        }
    }

    private int idOf(OpenState open) {
        State state = new State(open.accepts, Arrays.copyOf(open.edges.items, open.edges.size));
        Integer known = ids.putIfAbsent(state, states.size());
        if (known == null) {
            states.add(state);
            AutomatonLimits.checkTable(states.size(), 1);
            return states.size() - 1;
        }
        return known;
    }

    private StateTable toTable(int start) {
        int[] letters =
                states.stream().flatMapToInt(WordGraph::letters).sorted().distinct().toArray();
        List<CharSet> sets = new ArrayList<>();
        for (int letter : letters) {
            sets.add(CharSet.range(letter, letter));
        }
        CharClasses classes = CharClasses.of(sets);
        StateTable.Rows rows = new StateTable.Rows(classes);
        // The start state was made last, but a table has it first.
        int count = states.size();
        for (int s = 0; s < count; s++) {
            rows.add(states.get((s + start) % count).accepts());
        }
        for (int s = 0; s < count; s++) {
            int[] edges = states.get((s + start) % count).edges();
            for (int i = 0; i < edges.length; i += 2) {
                int to = (edges[i + 1] - start + count) % count;
                rows.set(s, classes.classOf(edges[i]), to);
            }
        }
        return rows.toTable();
    }

    private static IntStream letters(State state) {
        return IntStream.range(0, state.edges().length / 2).map(i -> state.edges()[2 * i]);
    }
}

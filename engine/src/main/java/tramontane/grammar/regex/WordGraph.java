package tramontane.grammar.regex;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The automaton of a list of words.
 *
 * <p>Words are added in order of code points. What follows the prefix that the next word shares
 * with this one is final, so it is looked up among the equal ends made before: the graph is never
 * larger than the minimal one and one word.
 */
final class WordGraph {
    /** A final node: whether a word ends, and alternately code point and node. */
    private record Node(boolean accepts, int[] edges) {
        @Override
        public boolean equals(Object o) {
            return o instanceof Node node
                    && accepts == node.accepts
                    && Arrays.equals(edges, node.edges);
        }

        @Override
        public int hashCode() {
            return 2 * Arrays.hashCode(edges) + (accepts ? 1 : 0);
        }
    }

    /** A node on the path of the last word, still open. */
    private static final class Open {
        private final IntArray edges = new IntArray();
        private boolean accepts;
    }

    private static final class IntArray {
        private int[] items = new int[4];
        private int size;

        void add(int codePoint, int node) {
            if (size + 2 > items.length) {
                items = Arrays.copyOf(items, items.length * 2);
            }
            items[size++] = codePoint;
            items[size++] = node;
        }
    }

    private final Map<Node, Integer> ids = new HashMap<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<Open> path = new ArrayList<>();
    private int[] last = new int[0];

    private WordGraph() {
        path.add(new Open());
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
        graph.closeBelow(0);
        return graph.toTable(graph.idOf(graph.path.getFirst()));
    }

    private static boolean isUnicode(String word) {
        return word.codePoints()
                .noneMatch(c -> c >= CharSet.SURROGATES && c < CharSet.AFTER_SURROGATES);
    }

    private void add(int[] word) {
        int shared = Arrays.mismatch(last, word);
        shared = shared < 0 ? word.length : shared;
        Work.spend(word.length);
        closeBelow(shared);
        for (int i = shared; i < word.length; i++) {
            path.add(new Open());
        }
        path.get(word.length).accepts = true;
        last = word;
    }

    /** Makes the nodes behind the first {@code depth} code points of the last word final. */
    private void closeBelow(int depth) {
        for (int d = path.size() - 1; d > depth; d--) {
            int node = idOf(path.remove(d));
            path.get(d - 1).edges.add(last[d - 1], node);
        }
    }

    private int idOf(Open open) {
        Node node = new Node(open.accepts, Arrays.copyOf(open.edges.items, open.edges.size));
        Integer known = ids.putIfAbsent(node, nodes.size());
        if (known == null) {
            nodes.add(node);
            Limits.checkTable(nodes.size(), 1);
            return nodes.size() - 1;
        }
        return known;
    }

    private StateTable toTable(int start) {
        int[] letters =
                nodes.stream().flatMapToInt(WordGraph::letters).sorted().distinct().toArray();
        List<CharSet> sets = new ArrayList<>();
        for (int letter : letters) {
            sets.add(CharSet.range(letter, letter));
        }
        CharClasses classes = CharClasses.of(sets);
        StateTable.Rows rows = new StateTable.Rows(classes);
        // The start is the node made last; the table wants it first.
        int count = nodes.size();
        for (int s = 0; s < count; s++) {
            rows.add(nodes.get((s + start) % count).accepts());
        }
        for (int s = 0; s < count; s++) {
            int[] edges = nodes.get((s + start) % count).edges();
            for (int i = 0; i < edges.length; i += 2) {
                int to = (edges[i + 1] - start + count) % count;
                rows.set(s, classes.classOf(edges[i]), to);
            }
        }
        return rows.toTable();
    }

    private static IntStream letters(Node node) {
        return IntStream.range(0, node.edges().length / 2).map(i -> node.edges()[2 * i]);
    }
}

package tramontane.grammar.parser;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/** A set of parse states in insertion order. */
final class NodeSet {
    private static final int MAX_LINEAR_SEARCH = 8;

    /** Upper limit for parse states. Further ones are dropped. */
    private static final int MAX_SIZE = 4096;

    private Node[] nodes = new Node[4];
    private int size;
    private Set<Node> hashed = Set.of();

    void add(Node node) {
        if (size <= MAX_LINEAR_SEARCH) {
            for (int i = 0; i < size; i++) {
                if (nodes[i].equals(node)) {
                    return;
                }
            }
            if (size == MAX_LINEAR_SEARCH) {
                hashed = new HashSet<>(Arrays.asList(nodes).subList(0, size));
                hashed.add(node);
            }
        } else if (size >= MAX_SIZE || !hashed.add(node)) {
            return;
        }
        if (size == nodes.length) {
            nodes = Arrays.copyOf(nodes, 2 * size);
        }
        nodes[size++] = node;
    }

    boolean isEmpty() {
        return size == 0;
    }

    int size() {
        return size;
    }

    Node get(int index) {
        return nodes[index];
    }

    /** Marks the tokens at the trie node, and those below it that some parse state accepts. */
    void walkBelow(GrammarContext context, int trieNode, long[] bits) {
        context.trie().mark(trieNode, bits);
        if (!context.trie().isLeaf(trieNode)) {
            for (int i = 0; i < size; i++) {
                nodes[i].walk(context, trieNode + 1, context.trie().end(trieNode), bits);
            }
        }
    }

    Node[] toArray() {
        return Arrays.copyOf(nodes, size);
    }
}

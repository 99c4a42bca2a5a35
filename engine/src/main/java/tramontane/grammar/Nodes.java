package tramontane.grammar;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/** Different nodes, in the order they came. */
final class Nodes {
    private static final int FEW = 8;

    /** Ways to read a text at once; what needs more of them is not read on. */
    private static final int MOST = 4096;

    private Node[] nodes = new Node[4];
    private int size;
    private Set<Node> many = Set.of();

    void add(Node node) {
        if (size <= FEW) {
            for (int i = 0; i < size; i++) {
                if (nodes[i].equals(node)) {
                    return;
                }
            }
            if (size == FEW) {
                many = new HashSet<>(Arrays.asList(nodes).subList(0, size));
                many.add(node);
            }
        } else if (size >= MOST || !many.add(node)) {
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

    /** Marks the tokens that end at the trie node, or below it where some node can read on. */
    void walkBelow(Machine machine, int trieNode, long[] bits) {
        machine.trie().mark(trieNode, bits);
        if (!machine.trie().isLeaf(trieNode)) {
            for (int i = 0; i < size; i++) {
                nodes[i].walk(machine, trieNode + 1, machine.trie().end(trieNode), bits);
            }
        }
    }

    Node[] toArray() {
        return Arrays.copyOf(nodes, size);
    }
}

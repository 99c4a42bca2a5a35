package tramontane.grammar;

import tramontane.token.TokenTrie;

/**
 * Where one way to read the text stands: what is being read, and in {@link #rest} what goes on when
 * it is complete. Nodes never change; several ways at once are several nodes, and ways that have
 * come to the same are equal.
 */
abstract class Node {
    /** What goes on behind this; the end is behind itself. */
    final Node rest;

    private final int hash;

    Node(Node rest, int hash) {
        this.rest = rest;
        this.hash = 31 * rest.hash + hash;
    }

    /** The end. */
    Node() {
        rest = this;
        hash = 1;
    }

    /** Adds the nodes behind one more byte. */
    abstract void step(int label, Machine machine, Nodes out);

    /** What was read behind this node is complete; adds the nodes that can read on. */
    void resume(Object scalar, Machine machine, Nodes out) {
        out.add(this);
    }

    /** Adds the nodes behind a control token. */
    void control(int token, Machine machine, Nodes out) {}

    /** Whether the text may be over here. */
    boolean mayEnd(Machine machine) {
        return false;
    }

    /** The byte that must come next, or -1 where there are several or it is not known. */
    int onlyLabel(Machine machine) {
        return -1;
    }

    /**
     * Appends the first piece of a short way to the end, and returns where that leads; not asked
     * where the text may be over.
     */
    abstract Node close(Machine machine, Closing closing);

    /** The first of the nodes that read on when what was read behind this is complete. */
    final Node resumed(Object scalar, Machine machine) {
        Nodes out = new Nodes();
        resume(scalar, machine, out);
        return out.get(0);
    }

    /** Adds the tokens that may come next. */
    void mask(Machine machine, long[] bits) {
        walk(machine, 0, machine.trie().size(), bits);
    }

    /** Marks the tokens that end at trie nodes {@code from} to {@code to}, siblings, or below. */
    void walk(Machine machine, int from, int to, long[] bits) {
        TokenTrie trie = machine.trie();
        Nodes out = new Nodes();
        for (int child = from; child < to; child = trie.end(child)) {
            step(trie.label(child), machine, out);
            if (!out.isEmpty()) {
                out.walkBelow(machine, child, bits);
                out = new Nodes();
            }
        }
    }

    /** The byte that probably comes next, or -1 where that cannot be guessed. */
    int likelyLabel(Machine machine, Style style) {
        return onlyLabel(machine);
    }

    /** Whether this is within an object or an array, one level deeper than what follows it. */
    GapNode.Place place() {
        return GapNode.Place.OTHER;
    }

    /** Whether this is behind the opening bracket, or before the closing one. */
    boolean isEdge() {
        return false;
    }

    /** Whether only the end of an object or array may follow. */
    boolean isClosing() {
        return false;
    }

    /** This node as far as its mask depends on it. */
    Node forMask() {
        return this;
    }

    /** Whether all but the rest is equal; called for nodes of one class only. */
    abstract boolean same(Node other);

    @Override
    public final boolean equals(Object other) {
        Node one = this;
        if (!(other instanceof Node)) {
            return false;
        }
        Node two = (Node) other;
        while (one != two) {
            if (one.hash != two.hash || one.getClass() != two.getClass() || !one.same(two)) {
                return false;
            }
            one = one.rest;
            two = two.rest;
        }
        return true;
    }

    @Override
    public final int hashCode() {
        return hash;
    }
}

package tramontane.grammar.parser;

import java.util.Set;
import tramontane.token.TokenTrie;

/**
 * One level of a parse state. A parse state is an immutable stack: the top node reads the next
 * byte, and {@link #rest} is the stack below, which continues when this node is complete. The set
 * of parse states is a {@link NodeSet}. Two stacks are equal if they accept the same continuations
 * by construction, so equal parse states are merged.
 *
 * <p>In parsing terms this is a nondeterministic pushdown automaton whose stacks share their tails,
 * a simple form of the graph-structured stack of Tomita (1985).
 */
abstract class Node {
    /** The stack below this node. The end node is its own rest. */
    final Node rest;

    private final int hash;

    Node(Node rest, int hash) {
        this.rest = rest;
        this.hash = 31 * rest.hash + hash;
    }

    /** The end node. */
    Node() {
        rest = this;
        hash = 1;
    }

    /** Adds the parse states after one more byte. */
    abstract void step(int label, GrammarContext context, NodeSet out);

    /**
     * Called when the node above is complete; adds the parse states that continue.
     *
     * @param scalar the value read, if this node asked to keep it, else {@link Scalar#NONE}
     */
    void resume(Object scalar, GrammarContext context, NodeSet out) {
        out.add(this);
    }

    /** Adds the parse states after a control token. */
    void control(int token, GrammarContext context, NodeSet out) {}

    /** True when the answer may end here. */
    boolean mayEnd(GrammarContext context) {
        return false;
    }

    /** The byte that must come next, or -1 if there are several or it is not known. */
    int onlyLabel(GrammarContext context) {
        return -1;
    }

    /**
     * Appends the first piece of a short closing text, and returns the parse state after it. Not
     * called where the answer may end.
     */
    abstract Node close(GrammarContext context, Closing closing);

    /** The first parse state that continues when the node above is complete. */
    final Node resumed(Object scalar, GrammarContext context) {
        NodeSet out = new NodeSet();
        resume(scalar, context, out);
        return out.get(0);
    }

    /** Adds the tokens that may come next. */
    void mask(GrammarContext context, long[] bits) {
        walk(context, 0, context.trie().size(), bits);
    }

    /**
     * Marks the allowed tokens at and below the sibling trie nodes from {@code from} to {@code to}.
     */
    void walk(GrammarContext context, int from, int to, long[] bits) {
        TokenTrie trie = context.trie();
        NodeSet out = new NodeSet();
        for (int child = from; child < to; child = trie.end(child)) {
            step(trie.label(child), context, out);
            if (!out.isEmpty()) {
                out.walkBelow(context, child, bits);
                out = new NodeSet();
            }
        }
    }

    /**
     * Adds what this node becomes when the token that reached it is complete. Only nodes that count
     * tokens change.
     */
    void tokenDone(GrammarContext context, NodeSet out) {
        out.add(this);
    }

    /**
     * Strings that the string above this node must differ from: keys and items that are already
     * there.
     */
    Set<String> usedStrings() {
        return Set.of();
    }

    /**
     * True when the automaton of the string above still accepts the {@link #usedStrings}, so that
     * the string node must exclude them itself.
     */
    boolean mustExcludeUsed() {
        return false;
    }

    /** True when the string above this node is the key of a property. */
    boolean followsKey() {
        return false;
    }

    /** True when the first token of an answer may have a space in front of this node. */
    boolean takesLeadingSpace() {
        return true;
    }

    /** The style of the text after {@code label} was read at this node. */
    SpacingStyle styleAfter(SpacingStyle style, int label) {
        return style;
    }

    /** The byte that probably comes next, or -1 if there is no guess. */
    int likelyLabel(GrammarContext context, SpacingStyle style) {
        return onlyLabel(context);
    }

    /**
     * {@code MEMBER} or {@code ITEM} for a node inside an object or array, one level deeper than
     * what follows; else {@code OTHER}.
     */
    GapNode.Kind containerKind() {
        return GapNode.Kind.OTHER;
    }

    /** What a gap directly before this node follows. */
    GapNode.Kind gapKind() {
        return containerKind();
    }

    /** True after the opening bracket and before the closing one. */
    boolean isEdge() {
        return false;
    }

    /** True when only the end of the object or array may follow. */
    boolean isClosing() {
        return false;
    }

    /** This node without the state that does not influence its mask. */
    Node forMask() {
        return this;
    }

    /** True when everything but {@link #rest} is equal. Called only for nodes of the same class. */
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

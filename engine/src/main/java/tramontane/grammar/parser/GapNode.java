package tramontane.grammar.parser;

import tramontane.token.TokenTrie;

/**
 * Optional white space in JSON: nothing, one space, or a line feed and an indentation. What follows
 * is read by {@link #rest}, which accepts no white space itself.
 *
 * <pre>
 *   START ──' '────► rest
 *         ──'\n'───► LINE ──' ' or '\t', up to the limit──► LINE
 *   START, LINE ──any other byte──► as rest reads it
 * </pre>
 *
 * <p>One gap has at most {@link #limit} columns, so a model cannot write white space forever. Every
 * gap can be left at once by what {@code rest} reads, so no gap is a dead end.
 */
final class GapNode extends Node {
    /** What comes before a gap, or the container around it. */
    enum Kind {
        COLON,
        MEMBER,
        ITEM,
        OTHER
    }

    /** Columns that a tab counts for; also the maximum width of one level of indentation. */
    static final int TAB = 4;

    private static final byte[] BLANKS = {'\t', '\n', ' '};

    /**
     * Levels of indentation beyond those the grammar knows of, such as the object around the
     * arguments of a call.
     */
    private static final int SPARE_LEVELS = 2;

    private static final int START = -1;

    /** Columns after the line feed, or {@link #START}. */
    private final int columns;

    private GapNode(int columns, Node rest) {
        super(rest, columns);
        this.columns = columns;
    }

    /** A node that reads optional white space and continues with {@code node}. */
    static Node before(Node node, GrammarContext context) {
        // When reading texts of others, nodes skip any white space themselves.
        return context.isOrdered() && !(node instanceof GapNode) ? new GapNode(START, node) : node;
    }

    /** Adds the nodes after a white-space byte that starts a gap before {@code node}. */
    static void start(int label, Node node, GrammarContext context, NodeSet out) {
        if (context.isOrdered()) {
            new GapNode(START, node).blank(label, out);
        }
    }

    @Override
    void step(int label, GrammarContext context, NodeSet out) {
        blank(label, out);
        rest.step(label, context, out);
    }

    private void blank(int label, NodeSet out) {
        if (columns == START) {
            if (label == ' ') {
                out.add(rest);
            } else if (label == '\n') {
                out.add(new GapNode(0, rest));
            }
            return;
        }
        int wider = columns + (label == '\t' ? TAB : 1);
        if ((label == ' ' || label == '\t') && wider <= limit()) {
            out.add(new GapNode(wider, rest));
        }
    }

    /** The maximum number of columns of an indentation here. */
    private int limit() {
        return TAB * (depth() + SPARE_LEVELS);
    }

    /** The number of objects and arrays that are open at the end of the gap. */
    int depth() {
        int depth = 0;
        for (Node at = rest; at != at.rest; at = at.rest) {
            depth += at.containerKind() == Kind.OTHER ? 0 : 1;
        }
        return rest.isClosing() ? depth - 1 : depth;
    }

    @Override
    Kind containerKind() {
        return rest.gapKind();
    }

    @Override
    boolean isEdge() {
        return rest.isEdge();
    }

    /** True after the line feed. */
    boolean isStarted() {
        return columns != START;
    }

    int columns() {
        return columns;
    }

    @Override
    SpacingStyle styleAfter(SpacingStyle style, int label) {
        return style.after(this, label);
    }

    @Override
    int likelyLabel(GrammarContext context, SpacingStyle style) {
        int blank = style.blank(this);
        return blank >= 0 ? blank : rest.likelyLabel(context, style);
    }

    @Override
    void control(int token, GrammarContext context, NodeSet out) {
        rest.control(token, context, out);
    }

    @Override
    boolean mayEnd(GrammarContext context) {
        return rest.mayEnd(context);
    }

    @Override
    Node close(GrammarContext context, Closing closing) {
        return rest.close(context, closing);
    }

    @Override
    void mask(GrammarContext context, long[] bits) {
        context.mask(rest, bits);
        walkBlanks(context, 0, context.trie().size(), bits);
    }

    @Override
    void walk(GrammarContext context, int from, int to, long[] bits) {
        rest.walk(context, from, to, bits);
        walkBlanks(context, from, to, bits);
    }

    private void walkBlanks(GrammarContext context, int from, int to, long[] bits) {
        TokenTrie trie = context.trie();
        for (byte label : BLANKS) {
            int child = trie.child(from, to, label);
            if (child >= 0) {
                NodeSet following = new NodeSet();
                blank(label, following);
                if (!following.isEmpty()) {
                    following.walkBelow(context, child, bits);
                }
            }
        }
    }

    @Override
    boolean same(Node other) {
        return other instanceof GapNode gap && columns == gap.columns;
    }
}

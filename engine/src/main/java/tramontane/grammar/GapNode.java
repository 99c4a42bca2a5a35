package tramontane.grammar;

import tramontane.token.TokenTrie;

/**
 * A place in JSON where white space may be written: nothing, one space, or a line feed and an
 * indentation. What follows is read by {@link #rest}, which takes no white space of its own.
 *
 * <pre>
 *   START ──' '────► rest
 *         ──'\n'───► LINE ──' ' or '\t', up to the bound──► LINE
 *   START, LINE ──anything else──► as rest says
 * </pre>
 *
 * <p>One gap has at most {@link #limit} columns, so white space cannot run away however much a
 * model likes it; and since every gap can be left at once by what {@code rest} reads, none is a
 * dead end.
 */
final class GapNode extends Node {
    /** What stands before the gap, or around it. */
    enum Place {
        COLON,
        MEMBER,
        ITEM,
        OTHER
    }

    /** Columns that a tab counts for, and one level of indentation at most. */
    static final int TAB = 4;

    private static final byte[] BLANKS = {'\t', '\n', ' '};

    /**
     * Levels beyond those that the grammar knows of: the object around a call's arguments is one.
     */
    private static final int SPARE_LEVELS = 2;

    private static final int START = -1;

    /** Columns behind the line feed, or {@link #START}. */
    private final int columns;

    private GapNode(int columns, Node rest) {
        super(rest, columns);
        this.columns = columns;
    }

    /** What reads white space and then goes on with {@code node}. */
    static Node before(Node node, Machine machine) {
        // Nodes that read what others wrote skip any white space themselves.
        return machine.isOrdered() && !(node instanceof GapNode) ? new GapNode(START, node) : node;
    }

    /** Adds the nodes behind a blank that begins a gap before {@code node}. */
    static void begin(int label, Node node, Machine machine, Nodes out) {
        if (machine.isOrdered()) {
            new GapNode(START, node).blank(label, out);
        }
    }

    @Override
    void step(int label, Machine machine, Nodes out) {
        blank(label, out);
        rest.step(label, machine, out);
    }

    private void blank(int label, Nodes out) {
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

    /** Columns that an indentation may have here. */
    private int limit() {
        return TAB * (depth() + SPARE_LEVELS);
    }

    /** How many objects and arrays are open where the gap ends. */
    int depth() {
        int depth = 0;
        for (Node at = rest; at != at.rest; at = at.rest) {
            depth += at.place() == Place.OTHER ? 0 : 1;
        }
        return rest.isClosing() ? depth - 1 : depth;
    }

    @Override
    Place place() {
        return rest instanceof ValueNode ? Place.COLON : rest.place();
    }

    @Override
    boolean isEdge() {
        return rest.isEdge();
    }

    /** Whether the line feed is written. */
    boolean isBegun() {
        return columns != START;
    }

    int columns() {
        return columns;
    }

    @Override
    int likelyLabel(Machine machine, Style style) {
        int blank = style.blank(this);
        return blank >= 0 ? blank : rest.likelyLabel(machine, style);
    }

    @Override
    void control(int token, Machine machine, Nodes out) {
        rest.control(token, machine, out);
    }

    @Override
    boolean mayEnd(Machine machine) {
        return rest.mayEnd(machine);
    }

    @Override
    Node close(Machine machine, Closing closing) {
        return rest.close(machine, closing);
    }

    @Override
    void mask(Machine machine, long[] bits) {
        machine.mask(rest, bits);
        walkBlanks(machine, 0, machine.trie().size(), bits);
    }

    @Override
    void walk(Machine machine, int from, int to, long[] bits) {
        rest.walk(machine, from, to, bits);
        walkBlanks(machine, from, to, bits);
    }

    private void walkBlanks(Machine machine, int from, int to, long[] bits) {
        TokenTrie trie = machine.trie();
        for (byte label : BLANKS) {
            int child = trie.child(from, to, label);
            if (child >= 0) {
                Nodes behind = new Nodes();
                blank(label, behind);
                if (!behind.isEmpty()) {
                    behind.walkBelow(machine, child, bits);
                }
            }
        }
    }

    @Override
    boolean same(Node other) {
        return other instanceof GapNode gap && columns == gap.columns;
    }
}

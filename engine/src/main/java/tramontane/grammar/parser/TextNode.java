package tramontane.grammar.parser;

import java.util.Arrays;

/** Reads a fixed text. */
final class TextNode extends Node {
    private final byte[] text;
    private final int from;

    /** The scalar that the text spells, passed to the rest. */
    private final Object scalar;

    private TextNode(byte[] text, int from, Object scalar, Node rest) {
        super(rest, 31 * Arrays.hashCode(text) + from);
        this.text = text;
        this.from = from;
        this.scalar = scalar;
    }

    /** Adds the node that reads {@code text} from {@code from} on. */
    static void enter(
            byte[] text, int from, Object scalar, Node rest, GrammarContext context, NodeSet out) {
        if (from == text.length) {
            rest.resume(scalar, context, out);
        } else {
            out.add(new TextNode(text, from, scalar, rest));
        }
    }

    @Override
    void step(int label, GrammarContext context, NodeSet out) {
        if ((text[from] & 0xff) == label) {
            enter(text, from + 1, scalar, rest, context, out);
        }
    }

    @Override
    int onlyLabel(GrammarContext context) {
        return text[from] & 0xff;
    }

    @Override
    Node close(GrammarContext context, Closing closing) {
        closing.append(text, from);
        return rest.resumed(scalar, context);
    }

    @Override
    boolean same(Node other) {
        return other instanceof TextNode node
                && from == node.from
                && Arrays.equals(text, node.text);
    }
}

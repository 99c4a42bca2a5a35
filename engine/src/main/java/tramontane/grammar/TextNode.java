package tramontane.grammar;

import java.util.Arrays;

/** Within a text that is given byte for byte. */
final class TextNode extends Node {
    private final byte[] text;
    private final int from;

    /** The scalar that the text spells, for whoever goes on. */
    private final Object scalar;

    private TextNode(byte[] text, int from, Object scalar, Node rest) {
        super(rest, 31 * Arrays.hashCode(text) + from);
        this.text = text;
        this.from = from;
        this.scalar = scalar;
    }

    /** Adds what reads {@code text} from {@code from} on. */
    static void enter(byte[] text, int from, Object scalar, Node rest, Machine machine, Nodes out) {
        if (from == text.length) {
            rest.resume(scalar, machine, out);
        } else {
            out.add(new TextNode(text, from, scalar, rest));
        }
    }

    @Override
    void step(int label, Machine machine, Nodes out) {
        if ((text[from] & 0xff) == label) {
            enter(text, from + 1, scalar, rest, machine, out);
        }
    }

    @Override
    int onlyLabel(Machine machine) {
        return text[from] & 0xff;
    }

    @Override
    Node close(Machine machine, Closing closing) {
        closing.append(text, from);
        return rest.resumed(scalar, machine);
    }

    @Override
    boolean same(Node other) {
        return other instanceof TextNode node
                && from == node.from
                && Arrays.equals(text, node.text);
    }
}

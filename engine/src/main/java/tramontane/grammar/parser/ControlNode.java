package tramontane.grammar.parser;

/** Expects a control token. */
final class ControlNode extends Node {
    private final int token;

    ControlNode(int token, Node rest) {
        super(rest, token);
        this.token = token;
    }

    @Override
    void step(int label, GrammarContext context, NodeSet out) {}

    @Override
    void control(int given, GrammarContext context, NodeSet out) {
        if (given == token) {
            rest.resume(Scalar.NONE, context, out);
        }
    }

    @Override
    boolean takesLeadingSpace() {
        return false;
    }

    @Override
    Node close(GrammarContext context, Closing closing) {
        closing.control(token);
        return rest.resumed(Scalar.NONE, context);
    }

    @Override
    void mask(GrammarContext context, long[] bits) {
        bits[token >>> 6] |= 1L << token;
    }

    @Override
    boolean same(Node other) {
        return other instanceof ControlNode node && token == node.token;
    }
}

package tramontane.grammar.parser;

/** The end of the answer: the bottom of every stack. */
final class EndNode extends Node {
    static final EndNode END = new EndNode();

    private EndNode() {}

    @Override
    void step(int label, GrammarContext context, NodeSet out) {
        if (context.isBlank(label)) {
            out.add(this);
        }
    }

    @Override
    boolean mayEnd(GrammarContext context) {
        return true;
    }

    @Override
    Node close(GrammarContext context, Closing closing) {
        return this;
    }

    @Override
    void mask(GrammarContext context, long[] bits) {
        super.mask(context, bits);
        context.markEnds(bits);
    }

    @Override
    boolean same(Node other) {
        return true;
    }
}

package tramontane.grammar.parser;

/** A node that reads nothing itself: it only decides what is read next. */
abstract class PassingNode extends Node {
    PassingNode(Node rest, int hash) {
        super(rest, hash);
    }

    @Override
    void step(int label, GrammarContext context, NodeSet out) {}

    @Override
    Node close(GrammarContext context, Closing closing) {
        return resumed(Scalar.NONE, context);
    }

    @Override
    void mask(GrammarContext context, long[] bits) {}
}

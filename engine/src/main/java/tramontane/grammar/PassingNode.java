package tramontane.grammar;

/** Says what is read next, and never reads itself. */
abstract class PassingNode extends Node {
    PassingNode(Node rest, int hash) {
        super(rest, hash);
    }

    @Override
    void step(int label, Machine machine, Nodes out) {}

    @Override
    Node close(Machine machine, Closing closing) {
        return resumed(Scalar.NONE, machine);
    }

    @Override
    void mask(Machine machine, long[] bits) {}
}

package tramontane.grammar;

/** Behind everything. */
final class EndNode extends Node {
    static final EndNode END = new EndNode();

    private EndNode() {}

    @Override
    void step(int label, Machine machine, Nodes out) {
        if (machine.isBlank(label)) {
            out.add(this);
        }
    }

    @Override
    boolean mayEnd(Machine machine) {
        return true;
    }

    @Override
    Node close(Machine machine, Closing closing) {
        return this;
    }

    @Override
    void mask(Machine machine, long[] bits) {
        super.mask(machine, bits);
        machine.markEnds(bits);
    }

    @Override
    boolean same(Node other) {
        return true;
    }
}

package tramontane.grammar;

/** Before a control token. */
final class ControlNode extends Node {
    private final int token;

    ControlNode(int token, Node rest) {
        super(rest, token);
        this.token = token;
    }

    @Override
    void step(int label, Machine machine, Nodes out) {}

    @Override
    void control(int given, Machine machine, Nodes out) {
        if (given == token) {
            rest.resume(Scalar.NONE, machine, out);
        }
    }

    @Override
    Node close(Machine machine, Closing closing) {
        closing.control(token);
        return rest.resumed(Scalar.NONE, machine);
    }

    @Override
    void mask(Machine machine, long[] bits) {
        bits[token >>> 6] |= 1L << token;
    }

    @Override
    boolean same(Node other) {
        return other instanceof ControlNode node && token == node.token;
    }
}

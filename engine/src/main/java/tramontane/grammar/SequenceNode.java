package tramontane.grammar;

import java.util.List;

/** Behind some parts of a sequence; it never reads itself. */
final class SequenceNode extends Node {
    private final List<Grammar> parts;
    private final int next;

    SequenceNode(List<Grammar> parts, int next, Node rest) {
        super(rest, 31 * System.identityHashCode(parts) + next);
        this.parts = parts;
        this.next = next;
    }

    @Override
    void resume(Object scalar, Machine machine, Nodes out) {
        if (next == parts.size()) {
            rest.resume(Scalar.NONE, machine, out);
        } else {
            Entry.enter(parts.get(next), new SequenceNode(parts, next + 1, rest), machine, out);
        }
    }

    @Override
    void step(int label, Machine machine, Nodes out) {}

    @Override
    Node close(Machine machine, Closing closing) {
        return resumed(Scalar.NONE, machine);
    }

    @Override
    void mask(Machine machine, long[] bits) {}

    @Override
    boolean same(Node other) {
        return other instanceof SequenceNode node && parts == node.parts && next == node.next;
    }
}

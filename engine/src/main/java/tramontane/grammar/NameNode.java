package tramontane.grammar;

import java.util.BitSet;

/** Within a key that is one of the names of an object's form, behind its opening quote. */
final class NameNode extends Node {
    private final ObjectPlan plan;

    /** The names that begin with what was read. */
    private final BitSet candidates;

    private final int length;

    NameNode(ObjectPlan plan, BitSet candidates, int length, ObjectNode object) {
        super(object, 31 * candidates.hashCode() + length);
        this.plan = plan;
        this.candidates = candidates;
        this.length = length;
    }

    @Override
    void step(int label, Machine machine, Nodes out) {
        BitSet left = new BitSet();
        int done = -1;
        for (int i = candidates.nextSetBit(0); i >= 0; i = candidates.nextSetBit(i + 1)) {
            byte[] spelled = plan.spelled(i);
            if ((spelled[length] & 0xff) == label) {
                if (spelled.length == length + 1) {
                    done = i;
                } else {
                    left.set(i);
                }
            }
        }
        if (done >= 0) {
            // The closing quote: no other name goes on behind it.
            out.add(((ObjectNode) rest).named(done, machine));
        } else if (!left.isEmpty()) {
            out.add(new NameNode(plan, left, length + 1, (ObjectNode) rest));
        }
    }

    @Override
    int onlyLabel(Machine machine) {
        int only = -1;
        for (int i = candidates.nextSetBit(0); i >= 0; i = candidates.nextSetBit(i + 1)) {
            int label = plan.spelled(i)[length] & 0xff;
            if (only >= 0 && only != label) {
                return -1;
            }
            only = label;
        }
        return only;
    }

    @Override
    Node close(Machine machine, Closing closing) {
        int shortest = candidates.nextSetBit(0);
        closing.append(plan.spelled(shortest), length);
        return ((ObjectNode) rest).named(shortest, machine);
    }

    @Override
    void mask(Machine machine, long[] bits) {
        machine.walk(this, bits);
    }

    @Override
    boolean same(Node other) {
        return other instanceof NameNode node
                && plan == node.plan
                && length == node.length
                && candidates.equals(node.candidates);
    }
}

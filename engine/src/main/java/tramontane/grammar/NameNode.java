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

    /** Down the trie along each name, instead of trying every byte. */
    @Override
    void walk(Machine machine, int from, int to, long[] bits) {
        for (int i = candidates.nextSetBit(0); i >= 0; i = candidates.nextSetBit(i + 1)) {
            byte[] spelled = plan.spelled(i);
            int below = from;
            int end = to;
            for (int at = length; at < spelled.length; at++) {
                int child = machine.trie().child(below, end, spelled[at]);
                if (child < 0) {
                    break;
                }
                machine.trie().mark(child, bits);
                below = child + 1;
                end = machine.trie().end(child);
                if (at + 1 == spelled.length && below < end) {
                    ((ObjectNode) rest).named(i, machine).walk(machine, below, end, bits);
                }
            }
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
        ObjectNode object = (ObjectNode) rest;
        int chosen = object.preferred(candidates, machine);
        closing.append(plan.spelled(chosen), length);
        return object.named(chosen, machine);
    }

    @Override
    boolean same(Node other) {
        return other instanceof NameNode node
                && plan == node.plan
                && length == node.length
                && candidates.equals(node.candidates);
    }
}

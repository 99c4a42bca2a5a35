package tramontane.grammar;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import tramontane.token.TokenTrie;

/**
 * Within a key that is one of the names of an object's form, behind its opening quote. Names are
 * read in their shortest spelling, byte by byte, and each character may be escaped instead.
 */
final class NameNode extends Node {
    private final ObjectPlan plan;

    /** The names that begin with what was read. */
    private final BitSet candidates;

    /** Bytes of the shortest spelling that were read. */
    private final int length;

    /** The beginning of an escape that stands for what comes next. */
    private final String escape;

    private NameNode(
            ObjectPlan plan, BitSet candidates, int length, String escape, ObjectNode object) {
        super(object, 31 * (31 * candidates.hashCode() + length) + escape.hashCode());
        this.plan = plan;
        this.candidates = candidates;
        this.length = length;
        this.escape = escape;
    }

    /** Before the first letter. */
    static NameNode begin(ObjectPlan plan, BitSet names, ObjectNode object) {
        return new NameNode(plan, names, 0, "", object);
    }

    @Override
    void step(int label, Machine machine, Nodes out) {
        if (!escape.isEmpty() || label == '\\') {
            escaped(escape + (char) label, out);
            return;
        }
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
            out.add(new NameNode(plan, left, length + 1, "", (ObjectNode) rest));
        }
    }

    /** Adds the node behind an escape, or a beginning of one, of a next character. */
    private void escaped(String begun, Nodes out) {
        BitSet left = new BitSet();
        int end = length;
        for (int i = candidates.nextSetBit(0); i >= 0; i = candidates.nextSetBit(i + 1)) {
            int next = Escapes.characterEnd(plan.spelled(i), length);
            for (String each : Escapes.of(plan.spelled(i), length, next)) {
                if (Escapes.begins(each, begun)) {
                    left.set(i);
                    end = each.length() == begun.length() ? next : end;
                }
            }
        }
        if (!left.isEmpty()) {
            out.add(new NameNode(plan, left, end, end > length ? "" : begun, (ObjectNode) rest));
        }
    }

    /** Down the trie along each name, instead of trying every byte. */
    @Override
    void walk(Machine machine, int from, int to, long[] bits) {
        if (!escape.isEmpty()) {
            super.walk(machine, from, to, bits);
            return;
        }
        for (int i = candidates.nextSetBit(0); i >= 0; i = candidates.nextSetBit(i + 1)) {
            byte[] spelled = plan.spelled(i);
            int below = from;
            int end = to;
            for (int at = length; at < spelled.length; at++) {
                walkEscapes(machine, i, at, below, end, bits);
                int child =
                        spelled[at] == '\\' ? -1 : machine.trie().child(below, end, spelled[at]);
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

    /** Marks the tokens that go on with an escape of the character at {@code at}. */
    private void walkEscapes(Machine machine, int name, int at, int from, int to, long[] bits) {
        if (!Escapes.isEscapable(plan.spelled(name), at)) {
            return;
        }
        TokenTrie trie = machine.trie();
        int child = trie.child(from, to, (byte) '\\');
        if (child >= 0) {
            BitSet only = new BitSet();
            only.set(name);
            Nodes behind = new Nodes();
            new NameNode(plan, only, at, "", (ObjectNode) rest).escaped("\\", behind);
            behind.walkBelow(machine, child, bits);
        }
    }

    @Override
    int onlyLabel(Machine machine) {
        int only = -1;
        for (int i = candidates.nextSetBit(0); i >= 0; i = candidates.nextSetBit(i + 1)) {
            byte[] spelled = plan.spelled(i);
            int label = spelled[length] & 0xff;
            boolean free = !escape.isEmpty() || Escapes.isEscapable(spelled, length);
            if (free || only >= 0 && only != label) {
                return -1;
            }
            only = label;
        }
        return only;
    }

    /** Names are written in their order. */
    @Override
    int likelyLabel(Machine machine, Style style) {
        return escape.isEmpty() ? plan.spelled(candidates.nextSetBit(0))[length] & 0xff : -1;
    }

    @Override
    Node close(Machine machine, Closing closing) {
        ObjectNode object = (ObjectNode) rest;
        int chosen = object.preferred(candidates, machine);
        byte[] spelled = plan.spelled(chosen);
        int from = length;
        if (!escape.isEmpty()) {
            from = Escapes.characterEnd(spelled, length);
            for (String each : Escapes.of(spelled, length, from)) {
                if (Escapes.begins(each, escape)) {
                    String left = each.substring(escape.length());
                    closing.append(left.getBytes(StandardCharsets.US_ASCII), 0);
                    break;
                }
            }
        }
        closing.append(spelled, from);
        return object.named(chosen, machine);
    }

    @Override
    boolean same(Node other) {
        return other instanceof NameNode node
                && plan == node.plan
                && length == node.length
                && escape.equals(node.escape)
                && candidates.equals(node.candidates);
    }
}

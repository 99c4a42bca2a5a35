package tramontane.grammar.parser;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import tramontane.grammar.lexer.Escapes;
import tramontane.grammar.plan.ObjectPlan;
import tramontane.token.TokenTrie;

/**
 * Reads a key that is one of the names of an object's form, after its opening quote. Names are read
 * in their shortest spelling, byte by byte; each character may be escaped instead.
 */
final class NameNode extends Node {
    private final ObjectPlan plan;

    /** The names that start with what was read. */
    private final BitSet candidates;

    /** Number of bytes of the shortest spelling that were read. */
    private final int length;

    /** The first bytes of an escape for the next character; empty outside an escape. */
    private final String escape;

    private NameNode(
            ObjectPlan plan, BitSet candidates, int length, String escape, ObjectNode object) {
        super(object, 31 * (31 * candidates.hashCode() + length) + escape.hashCode());
        this.plan = plan;
        this.candidates = candidates;
        this.length = length;
        this.escape = escape;
    }

    /** The node before the first byte of the key. */
    static NameNode start(ObjectPlan plan, BitSet names, ObjectNode object) {
        return new NameNode(plan, names, 0, "", object);
    }

    @Override
    void step(int label, GrammarContext context, NodeSet out) {
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
            // The closing quote completes exactly one name: no name is a prefix of another with its
            // quote.
            out.add(((ObjectNode) rest).named(done, context));
        } else if (!left.isEmpty()) {
            out.add(new NameNode(plan, left, length + 1, "", (ObjectNode) rest));
        }
    }

    /** Adds the node after an escape, or a prefix of an escape, of the next character. */
    private void escaped(String prefix, NodeSet out) {
        BitSet left = new BitSet();
        int end = length;
        for (int i = candidates.nextSetBit(0); i >= 0; i = candidates.nextSetBit(i + 1)) {
            int next = Escapes.characterEnd(plan.spelled(i), length);
            for (String each : Escapes.of(plan.spelled(i), length, next)) {
                if (Escapes.begins(each, prefix)) {
                    left.set(i);
                    end = each.length() == prefix.length() ? next : end;
                }
            }
        }
        if (!left.isEmpty()) {
            out.add(new NameNode(plan, left, end, end > length ? "" : prefix, (ObjectNode) rest));
        }
    }

    /** Walks down the trie along each name instead of trying every byte. */
    @Override
    void walk(GrammarContext context, int from, int to, long[] bits) {
        if (!escape.isEmpty()) {
            super.walk(context, from, to, bits);
            return;
        }
        for (int i = candidates.nextSetBit(0); i >= 0; i = candidates.nextSetBit(i + 1)) {
            byte[] spelled = plan.spelled(i);
            int below = from;
            int end = to;
            for (int at = length; at < spelled.length; at++) {
                walkEscapes(context, i, at, below, end, bits);
                int child =
                        spelled[at] == '\\' ? -1 : context.trie().child(below, end, spelled[at]);
                if (child < 0) {
                    break;
                }
                context.trie().mark(child, bits);
                below = child + 1;
                end = context.trie().end(child);
                if (at + 1 == spelled.length && below < end) {
                    ((ObjectNode) rest).named(i, context).walk(context, below, end, bits);
                }
            }
        }
    }

    /** Marks the tokens that continue with an escape of the character at {@code at}. */
    private void walkEscapes(
            GrammarContext context, int name, int at, int from, int to, long[] bits) {
        if (!Escapes.isEscapable(plan.spelled(name), at)) {
            return;
        }
        TokenTrie trie = context.trie();
        int child = trie.child(from, to, (byte) '\\');
        if (child >= 0) {
            BitSet only = new BitSet();
            only.set(name);
            NodeSet following = new NodeSet();
            new NameNode(plan, only, at, "", (ObjectNode) rest).escaped("\\", following);
            following.walkBelow(context, child, bits);
        }
    }

    @Override
    int onlyLabel(GrammarContext context) {
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

    /** Models usually write names in their order. */
    @Override
    int likelyLabel(GrammarContext context, SpacingStyle style) {
        return escape.isEmpty() ? plan.spelled(candidates.nextSetBit(0))[length] & 0xff : -1;
    }

    @Override
    Node close(GrammarContext context, Closing closing) {
        ObjectNode object = (ObjectNode) rest;
        int chosen = object.preferred(candidates, context);
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
        return object.named(chosen, context);
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

package tramontane.grammar.parser;

import java.util.List;
import tramontane.grammar.Grammar;

/** Starts the next part of a sequence. */
final class SequenceNode extends PassingNode {
    private final List<Grammar> parts;
    private final int next;

    SequenceNode(List<Grammar> parts, int next, Node rest) {
        super(rest, 31 * System.identityHashCode(parts) + next);
        this.parts = parts;
        this.next = next;
    }

    @Override
    void resume(Object scalar, GrammarContext context, NodeSet out) {
        if (next == parts.size()) {
            rest.resume(Scalar.NONE, context, out);
        } else {
            GrammarEntry.enter(
                    parts.get(next), new SequenceNode(parts, next + 1, rest), context, out);
        }
    }

    @Override
    boolean same(Node other) {
        return other instanceof SequenceNode node && parts == node.parts && next == node.next;
    }
}

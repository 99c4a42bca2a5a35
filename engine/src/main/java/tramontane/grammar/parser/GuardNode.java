package tramontane.grammar.parser;

import tramontane.grammar.Grammar;
import tramontane.grammar.lexer.TokenBits;
import tramontane.token.TokenTrie;

/** Reads a part that is replaced by a branch if the text starts with the mark of the branch. */
final class GuardNode extends Node {
    private final Grammar.Guarded guarded;
    private final MarkMatcher marks;
    private final MarkMatcher.Progress progress;

    /** The stack that reads the part. Its bottom is the end node, not {@link #rest}. */
    private final Node part;

    private GuardNode(
            Grammar.Guarded guarded,
            MarkMatcher marks,
            MarkMatcher.Progress progress,
            Node part,
            Node rest) {
        super(
                rest,
                31 * (31 * System.identityHashCode(guarded) + progress.hashCode())
                        + part.hashCode());
        this.guarded = guarded;
        this.marks = marks;
        this.progress = progress;
        this.part = part;
    }

    static void enter(Grammar.Guarded guarded, Node rest, GrammarContext context, NodeSet out) {
        NodeSet parts = new NodeSet();
        GrammarEntry.enter(guarded.part(), EndNode.END, context, parts);
        wrap(parts, guarded, context.marks(guarded), MarkMatcher.Progress.NONE, rest, context, out);
    }

    private static void wrap(
            NodeSet parts,
            Grammar.Guarded guarded,
            MarkMatcher marks,
            MarkMatcher.Progress progress,
            Node rest,
            GrammarContext context,
            NodeSet out) {
        for (int i = 0; i < parts.size(); i++) {
            if (parts.get(i) == EndNode.END) {
                rest.resume(Scalar.NONE, context, out);
            } else {
                out.add(new GuardNode(guarded, marks, progress, parts.get(i), rest));
            }
        }
    }

    @Override
    void step(int label, GrammarContext context, NodeSet out) {
        MarkMatcher.Progress next = marks.after(progress, label);
        int branch = marks.complete(next);
        if (branch >= 0) {
            takeOver(branch, label, context, out);
            return;
        }
        NodeSet parts = new NodeSet();
        part.step(label, context, parts);
        wrap(parts, guarded, marks, next, rest, context, out);
    }

    private void takeOver(int branch, int label, GrammarContext context, NodeSet out) {
        NodeSet entered = new NodeSet();
        GrammarEntry.enter(guarded.branches().get(branch).then(), rest, context, entered);
        for (int i = 0; i < entered.size(); i++) {
            entered.get(i).step(label, context, out);
        }
    }

    @Override
    int onlyLabel(GrammarContext context) {
        int label = part.onlyLabel(context);
        return label >= 0 && marks.complete(marks.after(progress, label)) >= 0 ? -1 : label;
    }

    @Override
    int likelyLabel(GrammarContext context, SpacingStyle style) {
        int label = part.likelyLabel(context, style);
        return label >= 0 && marks.complete(marks.after(progress, label)) >= 0 ? -1 : label;
    }

    /** Closing texts of JSON never open an object, so they complete no mark. */
    @Override
    Node close(GrammarContext context, Closing closing) {
        Node next = part.close(context, closing);
        return next == EndNode.END
                ? rest.resumed(Scalar.NONE, context)
                : new GuardNode(guarded, marks, progress, next, rest);
    }

    @Override
    void mask(GrammarContext context, long[] bits) {
        long[] own = context.mask(part).clone();
        NodeSet parts = new NodeSet();
        parts.add(part);
        correct(context, progress, parts, 0, context.trie().size(), own);
        TokenBits.or(bits, own);
    }

    /** Corrects the mask of the part: after a token that completes a mark, the branch decides. */
    private void correct(
            GrammarContext context,
            MarkMatcher.Progress at,
            NodeSet parts,
            int from,
            int to,
            long[] own) {
        TokenTrie trie = context.trie();
        int missing = marks.missing(at);
        for (int child = from; child < to; child = trie.end(child)) {
            if (missing == Integer.MAX_VALUE || !trie.goesOnFor(child, missing - 1)) {
                continue;
            }
            MarkMatcher.Progress next = marks.after(at, trie.label(child));
            int branch = marks.complete(next);
            if (branch >= 0) {
                trie.clearAll(child, own);
                NodeSet out = new NodeSet();
                takeOver(branch, trie.label(child), context, out);
                if (!out.isEmpty()) {
                    out.walkBelow(context, child, own);
                }
                continue;
            }
            NodeSet further = new NodeSet();
            for (int i = 0; i < parts.size(); i++) {
                parts.get(i).step(trie.label(child), context, further);
            }
            if (!further.isEmpty()) {
                correct(context, next, further, child + 1, trie.end(child), own);
            }
        }
    }

    @Override
    boolean same(Node other) {
        return other instanceof GuardNode node
                && guarded == node.guarded
                && progress.equals(node.progress)
                && part.equals(node.part);
    }
}

package tramontane.grammar.parser;

import java.nio.charset.StandardCharsets;
import java.util.List;
import tramontane.grammar.Grammar;
import tramontane.token.TokenTrie;

/** Reads free text up to a mark. */
final class ProseNode extends Node {
    private final Grammar.Prose prose;
    private final MarkMatcher marks;

    /** How much of a mark the text ends with. */
    private final MarkMatcher.Progress progress;

    /** Tokens so far, if they are limited. */
    private final int tokens;

    private ProseNode(
            Grammar.Prose prose,
            MarkMatcher marks,
            MarkMatcher.Progress progress,
            int tokens,
            Node rest) {
        super(rest, 31 * (31 * System.identityHashCode(prose) + progress.hashCode()) + tokens);
        this.prose = prose;
        this.marks = marks;
        this.progress = progress;
        this.tokens = tokens;
    }

    /** The node at the start of a prose. */
    static ProseNode start(Grammar.Prose prose, Node rest, GrammarContext context) {
        return new ProseNode(prose, context.marks(prose), MarkMatcher.Progress.NONE, 0, rest);
    }

    @Override
    void step(int label, GrammarContext context, NodeSet out) {
        MarkMatcher.Progress next = marks.after(progress, label);
        int branch = marks.complete(next);
        if (branch >= 0) {
            GrammarEntry.enter(prose.branches().get(branch).then(), rest, context, out);
        } else {
            out.add(next.equals(progress) ? this : new ProseNode(prose, marks, next, tokens, rest));
        }
    }

    @Override
    void control(int token, GrammarContext context, NodeSet out) {
        for (Grammar.Branch branch : prose.branches()) {
            if (branch.mark() instanceof Grammar.Control(int mark) && mark == token) {
                GrammarEntry.enter(branch.then(), rest, context, out);
            }
        }
    }

    /** {@inheritDoc} */
    @Override
    void tokenDone(GrammarContext context, NodeSet out) {
        if (prose.maxTokens() == Integer.MAX_VALUE) {
            out.add(this);
        } else if (tokens + 1 < prose.maxTokens()) {
            out.add(new ProseNode(prose, marks, progress, tokens + 1, rest));
        } else if (prose.branches().isEmpty()) {
            rest.resume(Scalar.NONE, context, out);
        } else {
            enterMark(context, out);
        }
    }

    private void enterMark(GrammarContext context, NodeSet out) {
        Grammar.Branch branch = prose.branches().getFirst();
        SequenceNode following = new SequenceNode(List.of(branch.then()), 0, rest);
        if (branch.mark() instanceof Grammar.Text(String mark)) {
            byte[] bytes = mark.getBytes(StandardCharsets.UTF_8);
            int matched = marks.matched(progress, bytes);
            TextNode.enter(bytes, matched, Scalar.NONE, following, context, out);
        } else {
            GrammarEntry.enter(branch.mark(), following, context, out);
        }
    }

    @Override
    boolean takesLeadingSpace() {
        return false;
    }

    @Override
    boolean mayEnd(GrammarContext context) {
        return prose.mayEnd();
    }

    @Override
    Node close(GrammarContext context, Closing closing) {
        NodeSet out = new NodeSet();
        enterMark(context, out);
        return out.get(0);
    }

    @Override
    void mask(GrammarContext context, long[] bits) {
        walk(context, 0, context.trie().size(), bits);
        for (Grammar.Branch branch : prose.branches()) {
            if (branch.mark() instanceof Grammar.Control(int token)) {
                bits[token >>> 6] |= 1L << token;
            }
        }
        if (prose.mayEnd()) {
            context.markEnds(bits);
        }
    }

    /** All tokens are allowed, except that after a token completes a mark the branch decides. */
    @Override
    void walk(GrammarContext context, int from, int to, long[] bits) {
        mark(context, progress, from, to, bits);
    }

    private void mark(
            GrammarContext context, MarkMatcher.Progress at, int from, int to, long[] bits) {
        TokenTrie trie = context.trie();
        int missing = marks.missing(at);
        for (int child = from; child < to; child = trie.end(child)) {
            if (!trie.goesOnFor(child, missing - 1)) {
                trie.markAll(child, trie.end(child), bits);
                continue;
            }
            MarkMatcher.Progress next = marks.after(at, trie.label(child));
            int branch = marks.complete(next);
            if (branch < 0) {
                trie.mark(child, bits);
                mark(context, next, child + 1, trie.end(child), bits);
                continue;
            }
            NodeSet out = new NodeSet();
            GrammarEntry.enter(prose.branches().get(branch).then(), rest, context, out);
            if (!out.isEmpty()) {
                out.walkBelow(context, child, bits);
            }
        }
    }

    @Override
    Node forMask() {
        return tokens == 0 ? this : new ProseNode(prose, marks, progress, 0, rest);
    }

    @Override
    boolean same(Node other) {
        return other instanceof ProseNode node
                && prose == node.prose
                && tokens == node.tokens
                && progress.equals(node.progress);
    }
}

package tramontane.grammar;

import java.nio.charset.StandardCharsets;
import java.util.List;
import tramontane.token.TokenTrie;

/** Within free text, which goes on until a mark. */
final class ProseNode extends Node {
    private final Grammar.Prose prose;
    private final Marks marks;

    /** How much of a mark the text ends with. */
    private final Marks.Progress progress;

    /** Tokens so far, where they are limited. */
    private final int tokens;

    private ProseNode(
            Grammar.Prose prose, Marks marks, Marks.Progress progress, int tokens, Node rest) {
        super(rest, 31 * (31 * System.identityHashCode(prose) + progress.hashCode()) + tokens);
        this.prose = prose;
        this.marks = marks;
        this.progress = progress;
        this.tokens = tokens;
    }

    /** The beginning of a prose. */
    static ProseNode begin(Grammar.Prose prose, Node rest, Machine machine) {
        return new ProseNode(prose, machine.marks(prose), Marks.Progress.NONE, 0, rest);
    }

    @Override
    void step(int label, Machine machine, Nodes out) {
        Marks.Progress next = marks.after(progress, label);
        int branch = marks.complete(next);
        if (branch >= 0) {
            Entry.enter(prose.branches().get(branch).then(), rest, machine, out);
        } else {
            out.add(next.equals(progress) ? this : new ProseNode(prose, marks, next, tokens, rest));
        }
    }

    @Override
    void control(int token, Machine machine, Nodes out) {
        for (Grammar.Branch branch : prose.branches()) {
            if (branch.mark() instanceof Grammar.Control(int mark) && mark == token) {
                Entry.enter(branch.then(), rest, machine, out);
            }
        }
    }

    /** The same with one more token, or what must follow where there have been enough. */
    void counted(Machine machine, Nodes out) {
        if (prose.maxTokens() == Integer.MAX_VALUE) {
            out.add(this);
        } else if (tokens + 1 < prose.maxTokens()) {
            out.add(new ProseNode(prose, marks, progress, tokens + 1, rest));
        } else if (prose.branches().isEmpty()) {
            rest.resume(Scalar.NONE, machine, out);
        } else {
            enterMark(machine, out);
        }
    }

    private void enterMark(Machine machine, Nodes out) {
        Grammar.Branch branch = prose.branches().getFirst();
        SequenceNode behind = new SequenceNode(List.of(branch.then()), 0, rest);
        if (branch.mark() instanceof Grammar.Text(String mark)) {
            byte[] bytes = mark.getBytes(StandardCharsets.UTF_8);
            int begun = marks.begun(progress, bytes);
            TextNode.enter(bytes, begun, Scalar.NONE, behind, machine, out);
        } else {
            Entry.enter(branch.mark(), behind, machine, out);
        }
    }

    @Override
    boolean mayEnd(Machine machine) {
        return prose.mayEnd();
    }

    @Override
    Node close(Machine machine, Closing closing) {
        Nodes out = new Nodes();
        enterMark(machine, out);
        return out.get(0);
    }

    @Override
    void mask(Machine machine, long[] bits) {
        walk(machine, 0, machine.trie().size(), bits);
        for (Grammar.Branch branch : prose.branches()) {
            if (branch.mark() instanceof Grammar.Control(int token)) {
                bits[token >>> 6] |= 1L << token;
            }
        }
        if (prose.mayEnd()) {
            machine.markEnds(bits);
        }
    }

    /** All tokens may come; only where one completes a mark, what follows the mark decides. */
    @Override
    void walk(Machine machine, int from, int to, long[] bits) {
        mark(machine, progress, from, to, bits);
    }

    private void mark(Machine machine, Marks.Progress at, int from, int to, long[] bits) {
        TokenTrie trie = machine.trie();
        int missing = marks.missing(at);
        for (int child = from; child < to; child = trie.end(child)) {
            if (!trie.goesOnFor(child, missing - 1)) {
                trie.markAll(child, trie.end(child), bits);
                continue;
            }
            Marks.Progress next = marks.after(at, trie.label(child));
            int branch = marks.complete(next);
            if (branch < 0) {
                trie.mark(child, bits);
                mark(machine, next, child + 1, trie.end(child), bits);
                continue;
            }
            Nodes out = new Nodes();
            Entry.enter(prose.branches().get(branch).then(), rest, machine, out);
            if (!out.isEmpty()) {
                out.walkBelow(machine, child, bits);
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

package tramontane.grammar;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Within free text, which goes on until a mark. */
final class ProseNode extends Node {
    private final Grammar.Prose prose;

    /** The end of the text that may be the beginning of a mark, a char for each byte. */
    private final String pending;

    /** Tokens so far, where they are limited. */
    private final int tokens;

    ProseNode(Grammar.Prose prose, String pending, int tokens, Node rest) {
        super(rest, 31 * (31 * System.identityHashCode(prose) + pending.hashCode()) + tokens);
        this.prose = prose;
        this.pending = pending;
        this.tokens = tokens;
    }

    @Override
    void step(int label, Machine machine, Nodes out) {
        String text = pending + (char) label;
        for (Grammar.Branch branch : prose.branches()) {
            if (branch.mark() instanceof Grammar.Text(String mark) && text.endsWith(latin(mark))) {
                Entry.enter(branch.then(), rest, machine, out);
                return;
            }
        }
        out.add(new ProseNode(prose, longestBeginning(text), tokens, rest));
    }

    private String longestBeginning(String text) {
        String longest = "";
        for (Grammar.Branch branch : prose.branches()) {
            if (branch.mark() instanceof Grammar.Text(String given)) {
                String mark = latin(given);
                int length = Math.min(mark.length() - 1, text.length());
                while (length > longest.length()
                        && !mark.startsWith(text.substring(text.length() - length))) {
                    length--;
                }
                if (length > longest.length()) {
                    longest = text.substring(text.length() - length);
                }
            }
        }
        return longest;
    }

    private static String latin(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
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
            out.add(new ProseNode(prose, pending, tokens + 1, rest));
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
            int begun = latin(mark).startsWith(pending) ? pending.length() : 0;
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
        super.mask(machine, bits);
        for (Grammar.Branch branch : prose.branches()) {
            if (branch.mark() instanceof Grammar.Control(int token)) {
                bits[token >>> 6] |= 1L << token;
            }
        }
        if (prose.mayEnd()) {
            machine.markEnds(bits);
        }
    }

    @Override
    Node forMask() {
        return tokens == 0 ? this : new ProseNode(prose, pending, 0, rest);
    }

    @Override
    boolean same(Node other) {
        return other instanceof ProseNode node
                && prose == node.prose
                && tokens == node.tokens
                && pending.equals(node.pending);
    }
}

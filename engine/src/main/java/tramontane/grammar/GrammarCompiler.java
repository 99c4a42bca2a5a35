package tramontane.grammar;

import tramontane.token.TokenTrie;
import tramontane.token.Tokenizer;

/** Makes constraints over one vocabulary. Safe for use by many threads at once. */
public final class GrammarCompiler {
    private static final byte[] SPACE = {' '};

    private final Tokenizer tokenizer;
    private final TokenTrie trie;
    private final long[] ends;
    private final int[] escaping;
    private final Lexers written;
    private final Lexers read;

    public GrammarCompiler(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        trie = TokenTrie.of(tokenizer);
        ends = TokenBits.none(tokenizer.size());
        for (int token = 0; token < tokenizer.size(); token++) {
            if (tokenizer.isEndOfGeneration(token)) {
                ends[token >>> 6] |= 1L << token;
            }
        }
        escaping = trie.containing((byte) '\\');
        written = new Lexers(trie, true);
        read = new Lexers(trie, false);
    }

    /**
     * The beginning of an answer under {@code grammar}: JSON in its schema's order, with no more
     * white space than models write.
     */
    public Constraint compile(Grammar grammar) {
        return start(grammar, new Machine(tokenizer, trie, written, true, ends, escaping));
    }

    /** The same for a text that others wrote: JSON in any order, with any blanks and escapes. */
    public Constraint reading(Grammar grammar) {
        return start(grammar, new Machine(tokenizer, trie, read, false, ends, escaping));
    }

    /**
     * Adds the ways that begin with a space: where the model was trained on text with a space
     * before it, the first token of an answer has one, which is no part of its text.
     */
    private static void addSpaced(Nodes nodes, Machine machine) {
        for (Node node : nodes.toArray()) {
            if (!(node instanceof ProseNode || node instanceof ControlNode)) {
                TextNode.enter(SPACE, 0, Scalar.NONE, node, machine, nodes);
            }
        }
    }

    private static Constraint start(Grammar grammar, Machine machine) {
        Nodes nodes = new Nodes();
        Entry.enter(grammar, EndNode.END, machine, nodes);
        if (machine.tokenizer().addsSpacePrefix()) {
            addSpaced(nodes, machine);
        }
        return new Position(machine, nodes, Tail.NONE, Style.USUAL);
    }
}

package tramontane.grammar.parser;

import tramontane.grammar.Constraint;
import tramontane.grammar.Grammar;
import tramontane.grammar.lexer.Lexers;
import tramontane.grammar.lexer.TokenBits;
import tramontane.token.TokenTrie;
import tramontane.token.Tokenizer;

/** Makes constraints for grammars over one vocabulary. Safe for use by several threads. */
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
     * The constraint at the start of an answer that a model writes: properties in the order of the
     * schema, and only as much white space as models usually write.
     */
    public Constraint compile(Grammar grammar) {
        return start(grammar, new GrammarContext(tokenizer, trie, written, true, ends, escaping));
    }

    /**
     * The constraint for a text that others wrote: properties in any order, any white space, all
     * escapes.
     */
    public Constraint reading(Grammar grammar) {
        return start(grammar, new GrammarContext(tokenizer, trie, read, false, ends, escaping));
    }

    /**
     * Adds nodes that first read a space. Some models were trained on texts with a space in front.
     * Their first token has this space, which does not belong to the answer's text.
     */
    private static void addSpaced(NodeSet nodes, GrammarContext context) {
        for (Node node : nodes.toArray()) {
            if (node.takesLeadingSpace()) {
                TextNode.enter(SPACE, 0, Scalar.NONE, node, context, nodes);
            }
        }
    }

    private static Constraint start(Grammar grammar, GrammarContext context) {
        NodeSet nodes = new NodeSet();
        GrammarEntry.enter(grammar, EndNode.END, context, nodes);
        if (context.tokenizer().addsSpacePrefix()) {
            addSpaced(nodes, context);
        }
        return new Position(context, nodes, Tail.NONE, SpacingStyle.USUAL);
    }
}

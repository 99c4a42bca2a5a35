package tramontane.grammar.parser;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import tramontane.grammar.Grammar;
import tramontane.grammar.JsonSchema;
import tramontane.grammar.lexer.Lexers;
import tramontane.grammar.lexer.TokenBits;
import tramontane.grammar.plan.SchemaPlans;
import tramontane.grammar.schema.SchemaGraph;
import tramontane.token.TokenTrie;
import tramontane.token.Tokenizer;

/**
 * What all nodes of one grammar share: the vocabulary, the plans of its schemas, and the cached
 * masks.
 */
final class GrammarContext {
    private static final int MAX_MASKS = 128;

    private final Tokenizer tokenizer;
    private final TokenTrie trie;
    private final Lexers lexers;
    private final boolean ordered;
    private final long[] ends;
    private final int[] escaping;
    private final Map<SchemaGraph, SchemaPlans> plans = new ConcurrentHashMap<>();
    private final Map<Grammar, MarkMatcher> marks =
            Collections.synchronizedMap(new IdentityHashMap<>());
    private final Map<Node, long[]> masks =
            new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<Node, long[]> eldest) {
                    return size() > MAX_MASKS;
                }
            };

    /**
     * @param ordered true to write: properties in order, bounded white space; false to read texts
     *     of others: any order, any white space
     * @param ends tokens that end an answer
     * @param escaping tokens with a backslash in them
     */
    GrammarContext(
            Tokenizer tokenizer,
            TokenTrie trie,
            Lexers lexers,
            boolean ordered,
            long[] ends,
            int[] escaping) {
        this.tokenizer = tokenizer;
        this.trie = trie;
        this.lexers = lexers;
        this.ordered = ordered;
        this.ends = ends;
        this.escaping = escaping;
    }

    TokenTrie trie() {
        return trie;
    }

    Tokenizer tokenizer() {
        return tokenizer;
    }

    Lexers lexers() {
        return lexers;
    }

    boolean isOrdered() {
        return ordered;
    }

    SchemaPlans plans(JsonSchema schema) {
        return plans.computeIfAbsent(schema.graph(), graph -> new SchemaPlans(graph, lexers));
    }

    MarkMatcher marks(Grammar.Prose prose) {
        return marks.computeIfAbsent(prose, each -> new MarkMatcher(prose.branches(), false));
    }

    MarkMatcher marks(Grammar.Guarded guarded) {
        return marks.computeIfAbsent(guarded, each -> new MarkMatcher(guarded.branches(), true));
    }

    /** True when the byte is white space that may be skipped here. */
    boolean isBlank(int label) {
        return !ordered && (label == ' ' || label == '\n' || label == '\r' || label == '\t');
    }

    /** Adds the tokens that may come next at a node. */
    void mask(Node node, long[] bits) {
        TokenBits.or(bits, mask(node));
    }

    /** The tokens that may come next at a node. Callers must not change the array. */
    long[] mask(Node node) {
        Node key = node.forMask();
        synchronized (masks) {
            long[] known = masks.get(key);
            if (known != null) {
                return known;
            }
        }
        long[] bits = TokenBits.none(trie.vocabulary());
        key.mask(this, bits);
        synchronized (masks) {
            masks.put(key, bits);
        }
        return bits;
    }

    void markEnds(long[] bits) {
        TokenBits.or(bits, ends);
    }

    boolean isEnd(int token) {
        return (ends[token >>> 6] >>> token & 1) != 0;
    }

    /** Tokens with a backslash in them. */
    int[] escaping() {
        return escaping;
    }

    /** The bytes of a token, one char for each. */
    String bytes(int token) {
        return new String(tokenizer.bytes(token), StandardCharsets.ISO_8859_1);
    }

    /** The bytes on the path to a trie node, one char for each. */
    String spelled(int trieNode) {
        return trie.spelled(trieNode);
    }

    /** True when a colon or skipped white space is among the children. */
    boolean goesOnWithColon(int trieNode) {
        for (int child = trieNode + 1; child < trie.end(trieNode); child = trie.end(child)) {
            if (trie.label(child) == ':' || isBlank(trie.label(child))) {
                return true;
            }
        }
        return false;
    }

    /** Removes the tokens with exactly these bytes, one char for each. */
    void clear(String spelled, long[] bits) {
        int node = trie.find(spelled.getBytes(StandardCharsets.ISO_8859_1));
        if (node >= 0) {
            trie.clear(node, bits);
        }
    }

    /** Appends tokens for the bytes, always the longest one that matches. */
    void spell(byte[] bytes, List<Integer> tokens) {
        int from = 0;
        while (from < bytes.length) {
            TokenTrie.Match match = trie.longest(bytes, from);
            if (match.length() == 0) {
                throw new IllegalStateException("no token begins with byte " + bytes[from]);
            }
            tokens.add(match.token());
            from += match.length();
        }
    }
}

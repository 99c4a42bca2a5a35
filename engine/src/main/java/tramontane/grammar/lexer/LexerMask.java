package tramontane.grammar.lexer;

import java.util.Arrays;
import tramontane.token.TokenTrie;

/**
 * What one lexer state says about every token of the vocabulary.
 *
 * @param inside tokens after which the lexer's piece of text is not complete
 * @param last tokens whose last byte completes it
 * @param exits trie nodes whose byte completes it
 * @param inner trie nodes with children at which it is complete or may be
 */
public record LexerMask(long[] inside, long[] last, int[] exits, int[] inner) {
    public void markInside(long[] bits) {
        TokenBits.or(bits, inside);
    }

    public void markLast(long[] bits) {
        TokenBits.or(bits, last);
    }

    /** Collects a mask during a walk over the trie. */
    static final class Builder {
        private final TokenTrie trie;
        private final long[] inside;
        private final long[] last;
        private int[] exits = new int[64];
        private int[] inner = new int[64];
        private int exitCount;
        private int innerCount;

        Builder(TokenTrie trie) {
            this.trie = trie;
            inside = TokenBits.none(trie.vocabulary());
            last = TokenBits.none(trie.vocabulary());
        }

        LexerMask toMask() {
            return new LexerMask(
                    inside,
                    last,
                    Arrays.copyOf(exits, exitCount),
                    Arrays.copyOf(inner, innerCount));
        }

        void inside(int node) {
            trie.mark(node, inside);
        }

        void insideBelow(int node) {
            trie.markBelow(node, inside);
        }

        void exit(int node) {
            if (exitCount == exits.length) {
                exits = Arrays.copyOf(exits, 2 * exitCount);
            }
            exits[exitCount++] = node;
            trie.mark(node, last);
            if (!trie.isLeaf(node)) {
                inner(node);
            }
        }

        void inner(int node) {
            if (innerCount == inner.length) {
                inner = Arrays.copyOf(inner, 2 * innerCount);
            }
            inner[innerCount++] = node;
        }
    }
}

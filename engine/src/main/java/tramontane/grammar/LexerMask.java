package tramontane.grammar;

import java.util.Arrays;
import tramontane.token.TokenTrie;

/**
 * What a lexer's state says about all tokens.
 *
 * @param inside tokens after which the piece goes on
 * @param last tokens with whose last byte the piece is over
 * @param exits trie nodes with whose byte the piece is over
 * @param inner those of the nodes where it is, or may be, over within a token
 */
record LexerMask(long[] inside, long[] last, int[] exits, int[] inner) {
    void markInside(long[] bits) {
        TokenBits.or(bits, inside);
    }

    void markLast(long[] bits) {
        TokenBits.or(bits, last);
    }

    /** A mask as a walk over the trie finds it. */
    static final class Marks {
        private final TokenTrie trie;
        private final long[] inside;
        private final long[] last;
        private int[] exits = new int[64];
        private int[] inner = new int[64];
        private int exitCount;
        private int innerCount;

        Marks(TokenTrie trie) {
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

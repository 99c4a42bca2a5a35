package tramontane.grammar;

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
}

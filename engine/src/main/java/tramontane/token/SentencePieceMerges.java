package tramontane.token;

/** Merges by score: two neighbours that form a token, the best score first. */
final class SentencePieceMerges extends Merges {
    private final PieceTable pieces;
    private final int[] priorities;
    private final byte[] text;

    /**
     * @param priorities of each token, 0 for the best score, equal for equal scores
     */
    SentencePieceMerges(PieceTable pieces, int[] priorities, byte[] text) {
        this.pieces = pieces;
        this.priorities = priorities;
        this.text = text;
    }

    @Override
    long candidate(int left, int right, int start, int end) {
        int token = pieces.find(text, start, end);
        return token == PieceTable.ABSENT ? NONE : (long) priorities[token] << 32 | token;
    }
}

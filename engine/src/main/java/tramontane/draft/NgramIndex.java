package tramontane.draft;

/**
 * Finds the positions in a growing list of tokens that follow a given n-gram of {@value
 * #MIN_LENGTH} tokens: a hash table whose entries with equal hashes form a chain, newest first.
 * Engine thread only.
 *
 * <pre>
 * tokens       a b c d e f a b c
 * positions          3         9       both follow "a b c", so 9 links to 3
 * </pre>
 */
final class NgramIndex {
    /** Tokens that must agree. */
    static final int MIN_LENGTH = 3;

    /** Tokens that are compared; a longer match would not be a better one. */
    static final int MAX_LENGTH = 16;

    /** Positions that one search compares. */
    private static final int MAX_CANDIDATES = 256;

    /**
     * A match.
     *
     * @param end the position behind the tokens that agree
     * @param length how many agree
     */
    record Match(int end, int length) {
        static final Match NONE = new Match(0, 0);

        boolean exists() {
            return length > 0;
        }
    }

    /** By hash: the newest position, 0 for none. */
    private int[] newest = new int[0];

    /** By position: the one before it in its chain, 0 for none. */
    private int[] previous = new int[0];

    private int indexed;

    /** Indexes all positions up to {@code length}, behind the first {@code length} tokens. */
    void grow(int[] tokens, int length) {
        if (length >= previous.length) {
            previous = new int[Math.max(256, 2 * (length + 1))];
            newest = new int[2 * Integer.highestOneBit(previous.length)];
            indexed = MIN_LENGTH - 1;
        }
        while (indexed < length) {
            indexed++;
            int slot = slot(tokens, indexed);
            previous[indexed] = newest[slot];
            newest[slot] = indexed;
        }
    }

    /**
     * Returns the longest match of the last tokens before {@code wanted[end]}; of several, the
     * nearest to {@code near}.
     */
    Match find(int[] tokens, int[] wanted, int end, int near) {
        if (end < MIN_LENGTH || indexed < MIN_LENGTH) {
            return Match.NONE;
        }
        Match best = Match.NONE;
        int at = newest[slot(wanted, end)];
        for (int compared = 0; at > 0 && compared < MAX_CANDIDATES; compared++) {
            int length = commonLength(tokens, at, wanted, end);
            if (length >= MIN_LENGTH
                    && (length > best.length
                            || length == best.length
                                    && Math.abs(at - near) < Math.abs(best.end - near))) {
                best = new Match(at, length);
            }
            at = previous[at];
        }
        return best;
    }

    private int slot(int[] tokens, int end) {
        int hash = 0;
        for (int i = 1; i <= MIN_LENGTH; i++) {
            hash = (hash + tokens[end - i]) * 0x9E3779B1;
        }
        return hash >>> Integer.numberOfLeadingZeros(newest.length - 1);
    }

    private static int commonLength(int[] tokens, int at, int[] wanted, int end) {
        int max = Math.min(MAX_LENGTH, Math.min(at, end));
        int length = 0;
        while (length < max && tokens[at - 1 - length] == wanted[end - 1 - length]) {
            length++;
        }
        return length;
    }
}

package tramontane.engine;

/**
 * Finds where in a list of tokens, which may grow, the same few stood that another list ends with.
 * Engine thread only.
 *
 * <pre>
 * tokens    a b c d e f a b c       a place is behind three tokens:
 * places          3         9       those of the same hash form a chain, the last first
 * </pre>
 */
final class Places {
    /** Tokens that must agree. */
    static final int LEAST = 3;

    /** Tokens that are compared: more of them would say no more. */
    static final int MOST = 16;

    /** Places looked at in one search. */
    private static final int CANDIDATES = 256;

    /** A place, and how many tokens before it agree. */
    record Place(int at, int agreeing) {
        static final Place NONE = new Place(0, 0);

        boolean exists() {
            return agreeing > 0;
        }
    }

    private int[] last = new int[0];
    private int[] before = new int[0];
    private int known;

    /** Learns the places of the first {@code length} tokens, the last of which is their end. */
    void grow(int[] tokens, int length) {
        if (length >= before.length) {
            before = new int[Math.max(256, 2 * (length + 1))];
            last = new int[2 * Integer.highestOneBit(before.length)];
            known = LEAST - 1;
        }
        while (known < length) {
            known++;
            int slot = slot(tokens, known);
            before[known] = last[slot];
            last[slot] = known;
        }
    }

    /**
     * The place with the most tokens in common with the end of {@code wanted}; of several, the
     * nearest to {@code near}.
     */
    Place find(int[] tokens, int[] wanted, int end, int near) {
        if (end < LEAST || known < LEAST) {
            return Place.NONE;
        }
        Place best = Place.NONE;
        int at = last[slot(wanted, end)];
        for (int looked = 0; at > 0 && looked < CANDIDATES; looked++) {
            int agreeing = agreeing(tokens, at, wanted, end);
            if (agreeing >= LEAST
                    && (agreeing > best.agreeing
                            || agreeing == best.agreeing
                                    && Math.abs(at - near) < Math.abs(best.at - near))) {
                best = new Place(at, agreeing);
            }
            at = before[at];
        }
        return best;
    }

    private int slot(int[] tokens, int end) {
        int hash = 0;
        for (int i = 1; i <= LEAST; i++) {
            hash = (hash + tokens[end - i]) * 0x9E3779B1;
        }
        return hash >>> Integer.numberOfLeadingZeros(last.length - 1);
    }

    private static int agreeing(int[] tokens, int at, int[] wanted, int end) {
        int most = Math.min(MOST, Math.min(at, end));
        int count = 0;
        while (count < most && tokens[at - 1 - count] == wanted[end - 1 - count]) {
            count++;
        }
        return count;
    }
}

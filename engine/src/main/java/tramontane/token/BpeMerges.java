package tramontane.token;

/** Merges by rank: the pairs that the file lists, in the order of the list. */
final class BpeMerges extends Merges {
    private final LongMap pairs;

    /**
     * @param pairs from {@code left << 32 | right} to {@code rank << 32 | merged}
     */
    BpeMerges(LongMap pairs) {
        this.pairs = pairs;
    }

    @Override
    long candidate(int left, int right, int start, int end) {
        return pairs.get((long) left << 32 | right);
    }
}

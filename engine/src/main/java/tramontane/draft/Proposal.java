package tramontane.engine;

/**
 * Tokens that a step computes ahead of the sampled ones. The step has the logits behind each of
 * them, so it can sample past those that prove right.
 *
 * @param tokens in the order in which they would follow
 * @param drafted true when they are guesses of the {@link Drafter}; false when the constraint
 *     forces them and they are computed for their logprobs, or when the answer had them elsewhere:
 *     then they say nothing about the sources of drafts
 */
record Proposal(int[] tokens, boolean drafted) {
    static final Proposal NONE = new Proposal(new int[0], false);

    int size() {
        return tokens.length;
    }

    /** The number of drafted tokens: all or none. */
    int drafts() {
        return drafted ? tokens.length : 0;
    }
}

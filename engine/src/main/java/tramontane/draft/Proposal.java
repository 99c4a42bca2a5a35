package tramontane.draft;

import java.util.Arrays;

/**
 * Tokens that a step computes ahead of the sampled ones. The step has the logits behind each of
 * them, so it can sample past those that prove right.
 *
 * @param tokens in the order in which they would follow
 */
public record Proposal(int[] tokens, Origin origin) {
    /** Where proposed tokens come from. */
    public enum Origin {
        /**
         * They are no guesses: the constraint forces them and they are computed for their logprobs,
         * or the answer had them elsewhere.
         */
        KNOWN,
        /** The {@link Drafter} found them: in the prediction, the constraint or the text. */
        TEXT,
        /** The {@link DraftModel} drafted them. */
        MODEL
    }

    public static final Proposal NONE = new Proposal(new int[0], Origin.KNOWN);

    public int size() {
        return tokens.length;
    }

    /** The number of tokens that are guesses: all or none. */
    public int drafts() {
        return origin == Origin.KNOWN ? 0 : tokens.length;
    }

    /** The first {@code size} tokens. */
    public Proposal first(int size) {
        return size >= tokens.length ? this : new Proposal(Arrays.copyOf(tokens, size), origin);
    }
}

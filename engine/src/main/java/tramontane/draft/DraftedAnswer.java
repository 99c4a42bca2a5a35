package tramontane.draft;

import java.util.Arrays;
import java.util.function.IntPredicate;
import tramontane.cache.BlockTable;
import tramontane.model.Batch;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.TokenCounts;

/**
 * An answer for which a {@link DraftModel} drafts: its tokens, how many of them the draft model has
 * computed, and their blocks in its cache. Engine thread only.
 *
 * <pre>
 * prompt, answer ............ | drafted ......... |
 *          ^ computed         ^ length  ^ proposed
 * </pre>
 */
public final class DraftedAnswer {
    /** Tokens that are drafted for one step at most. */
    static final int MAX_DRAFTED = 8;

    /** How much one token changes the share of rare ones. */
    private static final double RARE_WEIGHT = 0.05;

    /**
     * How the large model samples the answer. The draft model draws with the same random numbers,
     * so where both models agree they draw the same token.
     *
     * @param counts tokens that count for penalties
     */
    public record Sampling(SamplingParams params, int choice, TokenCounts counts) {}

    private final BlockTable blocks;
    private final Sampling sampling;
    private final Confidence confidence;
    private final DraftWorth worth;
    private final int frequentTokens;

    private int[] tokens = new int[0];
    private int length;
    private int computed;

    /** Tokens that may be drafted for the next step, and that the answer may still gain. */
    private int remaining;

    private int drafted;
    private int proposed;

    /** By drafted token: its probability in the draft model. */
    private final double[] probabilities = new double[MAX_DRAFTED];

    /** The probability that all drafted tokens are accepted. */
    private double acceptance;

    /** The share of tokens among the newest ones that are not frequent. */
    private double rareTokens;

    /** True when the draft model cannot follow this answer any more. */
    private boolean closed;

    /**
     * @param frequentTokens number of the vocabulary's first tokens that are frequent
     */
    DraftedAnswer(
            BlockTable blocks,
            Sampling sampling,
            Confidence confidence,
            DraftWorth worth,
            int frequentTokens) {
        this.blocks = blocks;
        this.sampling = sampling;
        this.confidence = confidence;
        this.worth = worth;
        this.frequentTokens = frequentTokens;
    }

    Sampling sampling() {
        return sampling;
    }

    DraftWorth worth() {
        return worth;
    }

    /** Tokens that the draft model has not computed; at least the newest. */
    int missing() {
        return length - computed;
    }

    double rareTokens() {
        return rareTokens;
    }

    int length() {
        return length;
    }

    int remaining() {
        return remaining;
    }

    /** True when nothing is drafted for this answer any more. */
    public boolean isClosed() {
        return closed;
    }

    /** Gives the blocks back. Nothing is drafted for this answer from now on. */
    public void close() {
        closed = true;
        blocks.release();
    }

    /**
     * Takes the tokens that the answer has now, and learns from those that were drafted.
     *
     * @param now prompt and answer
     * @param most tokens that the answer may still gain
     * @param knows true for a token that the draft model knows
     * @return how many of the drafted tokens whose fate is known now were accepted, and the number
     *     of all of those
     */
    Outcome follow(int[] now, int newLength, int most, IntPredicate knows) {
        Outcome outcome = learn(now, newLength);
        boolean isFirst = length == 0;
        if (drafted == 0 && !isFirst) {
            worth.miss(newLength - length);
        }
        remaining = most;
        if (!Arrays.stream(now, length, newLength).allMatch(knows)) {
            close();
            return outcome;
        }
        for (int i = length; i < newLength; i++) {
            boolean isRare = now[i] >= frequentTokens;
            rareTokens += RARE_WEIGHT * ((isRare ? 1 : 0) - rareTokens);
        }
        ensureCapacity(newLength + MAX_DRAFTED);
        System.arraycopy(now, length, tokens, length, newLength - length);
        computed = Math.min(computed, Math.min(length + outcome.accepted, newLength - 1));
        length = newLength;
        drafted = 0;
        proposed = 0;
        acceptance = 1;
        if (isFirst) {
            computed = blocks.matchPrefix(tokens, length);
        } else {
            blocks.seal(tokens, computed);
        }
        return outcome;
    }

    /** What became of drafted tokens. */
    record Outcome(int accepted, int all) {}

    private Outcome learn(int[] now, int newLength) {
        int known = Math.min(drafted, newLength - length);
        int right = 0;
        while (right < known && tokens[length + right] == now[length + right]) {
            right++;
        }
        // Behind a wrong token, the others say nothing.
        int all = Math.min(known, right + 1);
        for (int i = 0; i < all; i++) {
            confidence.learn(probabilities[i], i < right);
            worth.learn(i < right);
        }
        return new Outcome(right, all);
    }

    private void ensureCapacity(int size) {
        if (tokens.length < size) {
            tokens = Arrays.copyOf(tokens, Math.max(size, tokens.length * 3 / 2));
        }
    }

    /** Blocks that are missing to compute {@code rows} more tokens. */
    int missingBlocks(int rows) {
        return blocks.missing(computed + rows);
    }

    /** Adds the next {@code rows} tokens to a batch, the last of them with logits if wanted. */
    void addTo(Batch batch, int rows, boolean wantsLogits) {
        blocks.reserve(computed + rows);
        batch.add(blocks, tokens, computed, computed + rows, wantsLogits ? 1 : 0);
        computed += rows;
    }

    /** The position of the next token to draft. */
    int nextPosition() {
        return length + drafted;
    }

    /** Notes a drawn token, and proposes it if the cost model finds it worth its row. */
    boolean draft(int token, double probability, StepCostModel steps) {
        tokens[length + drafted] = token;
        probabilities[drafted] = probability;
        drafted++;
        acceptance *= confidence.acceptance(probability);
        boolean isProposed = steps.takes(acceptance);
        if (isProposed) {
            proposed++;
        }
        return isProposed;
    }

    /** True if drafting one more token would pay, if that takes {@code draftNanos}. */
    boolean goesOn(StepCostModel steps, double draftNanos) {
        return drafted < Math.min(MAX_DRAFTED, remaining)
                && steps.pays(acceptance * worth.rate(), draftNanos);
    }

    /** The tokens that the next step shall verify. */
    public Proposal proposal() {
        return new Proposal(
                Arrays.copyOfRange(tokens, length, length + proposed), Proposal.Origin.MODEL);
    }
}

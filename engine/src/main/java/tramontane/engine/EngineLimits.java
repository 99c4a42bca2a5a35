package tramontane.engine;

/**
 * The bounds of an engine.
 *
 * @param context positions of one sequence
 * @param blocks of 16 tokens the KV cache holds, at least enough for one sequence
 * @param maxSequences that run at once
 * @param stepTokens prompt tokens a step computes at most
 * @param busyStepTokens likewise while answers are being generated, so that they do not stall
 * @param maxWaiting requests that may wait
 * @param maxWaitingTokens prompt tokens that may wait
 */
public record EngineLimits(
        int context,
        int blocks,
        int maxSequences,
        int stepTokens,
        int busyStepTokens,
        int maxWaiting,
        long maxWaitingTokens) {
    /** Drafts of all sequences together in a step; each needs logits of its own. */
    static final int MAX_DRAFTS = 32;

    public EngineLimits {
        if (blocks * 16L < context) {
            throw new IllegalArgumentException(
                    blocks + " blocks hold less than a context of " + context + " tokens");
        }
        if (busyStepTokens > stepTokens || busyStepTokens < 1 || maxSequences < 1) {
            throw new IllegalArgumentException(
                    "a step of "
                            + stepTokens
                            + " ("
                            + busyStepTokens
                            + ") tokens for "
                            + maxSequences
                            + " sequences");
        }
    }

    /**
     * What one step can hold.
     *
     * @param most tokens of prompts, and of every answer under way
     * @param logits rows whose logits are wanted
     */
    record Rows(int most, int logits) {
        static Rows of(int stepTokens, int maxSequences) {
            int answers = maxSequences + MAX_DRAFTS;
            return new Rows(stepTokens + answers, answers);
        }
    }

    /** Tokens one step can hold: of prompts, and of every answer under way. */
    public int maxRows() {
        return Rows.of(stepTokens, maxSequences).most;
    }

    /** Rows whose logits one step can want. */
    public int maxLogits() {
        return Rows.of(stepTokens, maxSequences).logits;
    }
}

package tramontane.engine;

import tramontane.draft.Drafter;

/**
 * The limits of an engine.
 *
 * @param context maximum length of a sequence in tokens
 * @param blocks size of the KV cache in blocks of 16 tokens, at least one sequence of full length
 * @param maxSequences that run at the same time
 * @param stepTokens maximum of prompt tokens in a step
 * @param busyStepTokens the same for a step that also continues answers, so that these do not stall
 * @param maxWaiting requests that may wait to start
 * @param maxWaitingTokens prompt tokens of the requests that may wait
 */
public record EngineLimits(
        int context,
        int blocks,
        int maxSequences,
        int stepTokens,
        int busyStepTokens,
        int maxWaiting,
        long maxWaitingTokens) {
    /**
     * Proposed tokens of all sequences in a step: those of two answers that take all they can. Each
     * needs its own row of logits.
     */
    static final int MAX_DRAFTS = 2 * Drafter.MAX_DRAFT;

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
     * The maximum size of a step.
     *
     * @param rows tokens of prompts and answers
     * @param logits rows with logits
     */
    record StepSize(int rows, int logits) {
        static StepSize of(int stepTokens, int maxSequences) {
            int answers = maxSequences + MAX_DRAFTS;
            return new StepSize(stepTokens + answers, answers);
        }
    }

    /** Tokens of prompts and answers that a step can hold. */
    public int maxRows() {
        return StepSize.of(stepTokens, maxSequences).rows;
    }

    /** Rows with logits that a step can hold. */
    public int maxLogits() {
        return StepSize.of(stepTokens, maxSequences).logits;
    }
}

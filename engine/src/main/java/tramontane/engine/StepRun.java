package tramontane.engine;

import tramontane.draft.Proposal;

/**
 * The part of a step that belongs to one sequence: it computes the tokens at positions {@code
 * start} to {@code end - 1}, the last of which are the proposed ones.
 *
 * <pre>
 * start            length     end
 *   | tokens ........ | proposal |      SAMPLE: logits of the last token and of each proposed one
 * </pre>
 *
 * @param firstLogits index of the first of this run's rows in the step's logits; unused for {@code
 *     COMPUTE} and {@code STORE}
 */
record StepRun(
        Sequence sequence,
        int start,
        int end,
        Purpose purpose,
        int firstLogits,
        Proposal proposal) {
    /** What the step wants of the run besides its keys and values. */
    enum Purpose {
        /** Nothing: more of the sequence's tokens follow in a later step. */
        COMPUTE,
        /**
         * The keys and values of a picture whose rows see one another, before its rows are scored
         * in smaller parts: they count as computed only then.
         */
        STORE,
        /** Logprobs of prompt tokens, from the logits of every row. */
        SCORE,
        /** The next tokens of the answer. */
        SAMPLE
    }

    int rows() {
        return end - start;
    }

    /** The length of the sequence when the run was planned, if the run samples. */
    int plannedLength() {
        return end - proposal.size();
    }
}

package tramontane.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tramontane.draft.Proposal;
import tramontane.model.Batch;

/**
 * One step: which tokens of which sequences it computes, and for what. The scheduler fills it, and
 * everyone after it only reads. Engine thread only.
 */
final class StepPlan {
    private final Batch batch;
    private final List<StepRun> runs = new ArrayList<>();
    private final Set<Sequence> sequences = new HashSet<>();

    /** Rows of logits that can still be added, besides one for each sequence. */
    private int spareLogits = EngineLimits.MAX_DRAFTS;

    private int logitRows;

    /**
     * @param batch receives the tokens; it is cleared first
     */
    StepPlan(Batch batch) {
        this.batch = batch;
        batch.clear();
    }

    List<StepRun> runs() {
        return Collections.unmodifiableList(runs);
    }

    boolean contains(Sequence sequence) {
        return sequences.contains(sequence);
    }

    boolean isEmpty() {
        return runs.isEmpty();
    }

    int rows() {
        return batch.rows();
    }

    int spareLogits() {
        return spareLogits;
    }

    /** True when every row has logits, so the step only continues answers. */
    boolean onlyAnswers() {
        return logitRows == batch.rows();
    }

    /** True when no reader waits for any of the sequences any more. */
    boolean isAbandoned() {
        for (StepRun run : runs) {
            if (!run.sequence().isStopped()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Tokens of the sequence's prompt that the step can take: at most {@code max}, but a picture
     * whose rows see one another is not divided.
     */
    int promptTokens(Sequence sequence, int max) {
        return sequence.nextPromptTokens(max, 1 + spareLogits, batch.freeRows());
    }

    /** Adds {@code tokens} tokens of an answer, and the proposal if those are all that is left. */
    void addAnswer(Sequence sequence, int tokens, Proposal proposal) {
        int end = sequence.computed() + tokens + proposal.size();
        if (end < sequence.length()) {
            add(sequence, end, StepRun.Purpose.COMPUTE, 0, Proposal.NONE);
        } else {
            add(sequence, end, StepRun.Purpose.SAMPLE, 1 + proposal.size(), proposal);
            spareLogits -= proposal.size();
        }
    }

    /** Adds {@code tokens} tokens of a prompt. */
    void addPrompt(Sequence sequence, int tokens) {
        int end = sequence.computed() + tokens;
        if (sequence.storesPictureFirst()) {
            add(sequence, end, StepRun.Purpose.STORE, 0, Proposal.NONE);
        } else if (sequence.scoresNextRow()) {
            add(sequence, end, StepRun.Purpose.SCORE, tokens, Proposal.NONE);
            spareLogits -= tokens - 1;
        } else if (end < sequence.length()) {
            add(sequence, end, StepRun.Purpose.COMPUTE, 0, Proposal.NONE);
        } else {
            add(sequence, end, StepRun.Purpose.SAMPLE, 1, Proposal.NONE);
        }
    }

    private void add(
            Sequence sequence, int end, StepRun.Purpose purpose, int logits, Proposal proposal) {
        int start = sequence.computed();
        int first = sequence.addTo(batch, end, logits, proposal);
        runs.add(new StepRun(sequence, start, end, purpose, first, proposal));
        sequences.add(sequence);
        logitRows += logits;
    }
}

package tramontane.engine;

import java.util.ArrayList;
import java.util.List;
import tramontane.cache.BlockPool;
import tramontane.cache.BlockTable;
import tramontane.cache.PrefixIndex;
import tramontane.model.Batch;

/**
 * Decides which tokens of which sequences a step computes. Knows counts and blocks, no tensors.
 * Engine thread only.
 *
 * <p>Running sequences are kept in the order they came. The oldest is never preempted, and one
 * sequence always fits the pool, so something always progresses.
 */
final class Scheduler {
    private final EngineLimits limits;
    private final BlockPool pool;
    private final PrefixIndex index;
    private final long blockBytes;
    private final WaitingLine waiting = new WaitingLine();
    private final List<Sequence> running = new ArrayList<>();
    private final List<Sequence> planned = new ArrayList<>();
    private final StepValue value = new StepValue();
    private long waitingTokens;

    /** Rows of logits that the step under way still has room for, besides one a sequence. */
    private int spareLogits;

    /** Rows of the step under way, and how many of them have logits. */
    private int rows;

    private int logitRows;

    Scheduler(EngineLimits limits, long blockBytes) {
        this.limits = limits;
        this.pool = new BlockPool(limits.blocks());
        this.index = new PrefixIndex(pool);
        this.blockBytes = blockBytes;
    }

    void submit(Generation generation) {
        waitingTokens += generation.request().prompt().length;
        waiting.addLast(sequence(generation, 0));
    }

    boolean isIdle() {
        return running.isEmpty() && waiting.isEmpty();
    }

    int runningCount() {
        return running.size();
    }

    /** Prompt tokens of requests that have not begun. */
    long waitingTokens() {
        return waitingTokens;
    }

    BlockPool pool() {
        return pool;
    }

    /** Every sequence there is, to be told that the engine failed. */
    List<Sequence> abandonAll() {
        List<Sequence> all = new ArrayList<>(running);
        while (!waiting.isEmpty()) {
            all.add(waiting.removeFirst());
        }
        running.clear();
        return all;
    }

    /**
     * Fills the batch for the next step and returns the sequences in it; none when all were
     * cancelled.
     */
    List<Sequence> plan(Batch batch) {
        batch.clear();
        planned.clear();
        dropStopped();
        spareLogits = EngineLimits.MAX_DRAFTS;
        logitRows = 0;
        int answers = (int) running.stream().filter(Sequence::wantsDecode).count();
        value.begin(answers);
        int budget = answers > 0 ? limits.busyStepTokens() : limits.stepTokens();
        budget -= planGenerating(batch, budget);
        budget -= planPrompts(batch, budget);
        admit(batch, budget);
        rows = batch.rows();
        return planned;
    }

    /**
     * Tells how long the step took; only one in which every row has logits says what drafts cost.
     */
    void took(long nanos) {
        if (rows == logitRows) {
            value.learn(rows, nanos);
        }
    }

    private void dropStopped() {
        for (Sequence sequence : waiting.removeStopped()) {
            forgetWaiting(sequence);
        }
        for (int i = running.size() - 1; i >= 0; i--) {
            if (running.get(i).isStopped()) {
                running.remove(i).table.release();
            }
        }
    }

    /**
     * Every answer under way gets its next token, and drafts while there is room for them. Tokens
     * that had to follow the one drawn are computed along with it, out of the budget.
     *
     * @return how much of the budget it took
     */
    private int planGenerating(Batch batch, int budget) {
        int left = budget;
        for (Sequence sequence : List.copyOf(running)) {
            if (!sequence.wantsDecode() || !running.contains(sequence)) {
                continue;
            }
            int tokens = Math.min(sequence.length - sequence.computed, 1 + left);
            boolean whole = sequence.computed + tokens == sequence.length;
            if (whole) {
                sequence.propose(Math.min(spareLogits, sequence.left() - 1), value);
            }
            // Drafts take no blocks away from anyone.
            if (pool.available() < sequence.table.missing(sequence.length + sequence.proposed)) {
                sequence.proposeNothing();
            }
            int end = sequence.computed + tokens + sequence.proposed;
            if (makeRoom(sequence, end)) {
                left -= tokens - 1;
                spareLogits -= sequence.proposed;
                add(batch, sequence, end, whole ? sequence.proposed + 1 : 0);
            } else {
                sequence.proposeNothing();
            }
        }
        return budget - left;
    }

    private int planPrompts(Batch batch, int budget) {
        int before = batch.rows();
        for (Sequence sequence : List.copyOf(running)) {
            int tokens = stretch(sequence, budget - (batch.rows() - before));
            if (tokens < 1 || planned.contains(sequence) || !running.contains(sequence)) {
                continue;
            }
            if (makeRoom(sequence, sequence.computed + tokens)) {
                addPrompt(batch, sequence, tokens);
            }
        }
        return batch.rows() - before;
    }

    /** Starts waiting sequences while a place, the budget and the pool allow. */
    private void admit(Batch batch, int budget) {
        int limit = batch.rows() + budget;
        while (!waiting.isEmpty()
                && running.size() < limits.maxSequences()
                && batch.rows() < limit) {
            Sequence sequence = waiting.first().orElseThrow();
            // Each running sequence may need one more block soon.
            int spare = running.size();
            // Who wants logprobs of the prompt has it computed, cached or not.
            sequence.computed =
                    wantsPromptScores(sequence)
                            ? 0
                            : sequence.table.matchPrefix(sequence.tokens, sequence.length);
            if (!running.isEmpty()
                    && pool.available() < sequence.table.missing(sequence.length) + spare) {
                sequence.table.release();
                sequence.computed = 0;
                return;
            }
            waiting.removeFirst();
            if (sequence.choice == 0 && !sequence.begun) {
                sequence.generation.count(new Generation.Counts(sequence.computed, 0, 0));
            }
            forgetWaiting(sequence);
            running.add(sequence);
            int tokens = stretch(sequence, limit - batch.rows());
            if (makeRoom(sequence, sequence.computed + tokens)) {
                addPrompt(batch, sequence, tokens);
            }
        }
    }

    private static boolean wantsPromptScores(Sequence sequence) {
        return sequence.promptScores.filter(scores -> scores.rowsLeft() > 0).isPresent();
    }

    /** Whether the next row is one that is to be scored: after preemption it may lie further on. */
    private static boolean isScoring(Sequence sequence) {
        return wantsPromptScores(sequence)
                && sequence.computed == sequence.promptScores.orElseThrow().rowsDone();
    }

    /** How many tokens of the gap to compute, out of {@code most}. */
    private int stretch(Sequence sequence, int most) {
        int tokens = Math.min(sequence.length - sequence.computed, most);
        if (!wantsPromptScores(sequence)) {
            return tokens;
        }
        PromptScores scores = sequence.promptScores.orElseThrow();
        return isScoring(sequence)
                ? Math.min(tokens, Math.min(scores.rowsLeft(), 1 + spareLogits))
                : Math.min(tokens, scores.rowsDone() - sequence.computed);
    }

    private void addPrompt(Batch batch, Sequence sequence, int tokens) {
        int end = sequence.computed + tokens;
        if (isScoring(sequence)) {
            add(batch, sequence, end, tokens);
            sequence.promptScores.orElseThrow().plan(sequence.logits, tokens);
            sequence.logits = -1;
            spareLogits -= tokens - 1;
        } else {
            add(batch, sequence, end, end == sequence.length ? 1 : 0);
        }
    }

    private void add(Batch batch, Sequence sequence, int end, int wanted) {
        int first = batch.add(sequence.table, sequence.tokens, sequence.computed, end, wanted);
        logitRows += wanted;
        sequence.logits = wanted > 0 ? first : -1;
        sequence.stepEnd = end;
        sequence.confirmed = 0;
        planned.add(sequence);
    }

    /**
     * Reserves blocks for {@code tokens}, preempting the youngest while there are too few. False
     * when the sequence must wait: it was the youngest itself, or the youngest is in the step
     * already.
     */
    private boolean makeRoom(Sequence sequence, int tokens) {
        while (pool.available() < sequence.table.missing(tokens)) {
            Sequence youngest = running.getLast();
            if (planned.contains(youngest)) {
                return false;
            }
            preempt(youngest);
            if (youngest == sequence) {
                return false;
            }
        }
        sequence.table.reserve(tokens);
        return true;
    }

    private void preempt(Sequence sequence) {
        running.remove(sequence);
        sequence.table.release();
        sequence.computed = 0;
        sequence.proposeNothing();
        waiting.addFirst(sequence);
    }

    /**
     * After a step: {@code computed} tokens of the sequence are in the cache, and it may be over.
     */
    void advance(Sequence sequence, int computed) {
        sequence.computed = computed;
        sequence.proposeNothing();
        if (sequence.logits >= 0) {
            sequence.fresh = sequence.length - computed;
        }
        sequence.table.seal(sequence.tokens, computed);
        if (sequence.choice == 0
                && !sequence.siblingsQueued
                && computed >= sequence.promptLength()) {
            sequence.siblingsQueued = true;
            // The other choices find the prompt in the cache from here on.
            for (int choice = sequence.generation.request().choices() - 1; choice > 0; choice--) {
                waiting.addFirst(sequence(sequence.generation, choice));
            }
        }
        if (sequence.finished) {
            running.remove(sequence);
            sequence.table.release();
        }
    }

    private Sequence sequence(Generation generation, int choice) {
        String namespace = generation.request().owner().namespace();
        return new Sequence(generation, choice, new BlockTable(pool, index, blockBytes, namespace));
    }

    private void forgetWaiting(Sequence sequence) {
        if (sequence.choice == 0 && !sequence.begun) {
            waitingTokens -= sequence.promptLength();
        }
        sequence.begun = true;
    }
}

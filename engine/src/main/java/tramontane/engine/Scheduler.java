package tramontane.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tramontane.cache.BlockPool;
import tramontane.cache.BlockTable;
import tramontane.cache.PrefixIndex;
import tramontane.model.Batch;

/**
 * Decides which tokens of which sequences a step computes. Knows counts and blocks, no tensors.
 * Engine thread only.
 *
 * <p>Running sequences are kept in the order of their arrival. The oldest is never preempted, and
 * one sequence always fits the pool, so something always progresses. Answers under way come first
 * in each step; {@link PromptShares} divides the rest among prompts.
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
    private final PromptShares shares = new PromptShares();
    private final StepBudget budgets;
    private final WaitingRoom room;
    private long preemptions;
    private long arrivals;

    /** Rows of logits that the step under way still has room for, besides one a sequence. */
    private int spareLogits;

    /** Rows of the step under way, and how many of them have logits. */
    private int rows;

    private int logitRows;

    Scheduler(EngineLimits limits, WaitingRoom room, long blockBytes) {
        this.limits = limits;
        this.room = room;
        this.pool = new BlockPool(limits.blocks());
        this.index = new PrefixIndex(pool);
        this.blockBytes = blockBytes;
        this.budgets = new StepBudget(limits);
    }

    /** Takes a generation that has entered the waiting room. */
    void submit(Generation generation) {
        enqueue(sequence(generation, 0, arrivals++));
    }

    boolean isIdle() {
        return running.isEmpty() && waiting.isEmpty();
    }

    int runningCount() {
        return running.size();
    }

    /** How often a sequence's blocks were taken away since the beginning. */
    long preemptions() {
        return preemptions;
    }

    BlockPool pool() {
        return pool;
    }

    /** How many of the prompt's tokens a request of this owner would find in the cache now. */
    int cachedTokens(int[] prompt, GenerationRequest.Owner owner) {
        BlockTable table = new BlockTable(pool, index, blockBytes, owner.namespace());
        int tokens = table.matchPrefix(prompt, prompt.length);
        table.release();
        return tokens;
    }

    /** Every sequence there is, to be told that the engine failed. */
    List<Sequence> abandonAll() {
        List<Sequence> all = new ArrayList<>(running);
        for (Sequence sequence : waiting.removeAll()) {
            forgetWaiting(sequence);
            all.add(sequence);
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
        int budget = budgets.tokens(answers > 0);
        divide(budget, waiting.all());
        yieldPlace();
        budget -= planGenerating(batch, budget);
        admit();
        divide(budget, List.of());
        planPrompts(batch, budget);
        rows = batch.rows();
        return planned;
    }

    /**
     * Tells how long the step took. Only one in which every row has logits says what drafts cost.
     */
    void took(long nanos) {
        if (rows == logitRows) {
            value.learn(rows, nanos);
        } else {
            budgets.learn(rows, nanos);
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

    /** Shares the budget among the prompts that run and {@code others} that may begin. */
    private void divide(int budget, List<Sequence> others) {
        shares.clear();
        for (Sequence sequence : running) {
            if (sequence.gap() > 0 && !sequence.wantsDecode() && !planned.contains(sequence)) {
                shares.add(sequence);
            }
        }
        others.forEach(shares::add);
        shares.divide(budget, sequence -> stretch(sequence, sequence.gap()));
    }

    private void planPrompts(Batch batch, int budget) {
        int limit = batch.rows() + budget;
        for (Sequence sequence : List.copyOf(running)) {
            int tokens = stretch(sequence, Math.min(sequence.share, limit - batch.rows()));
            if (tokens < 1 || planned.contains(sequence) || !running.contains(sequence)) {
                continue;
            }
            if (makeRoom(sequence, sequence.computed + tokens)) {
                addPrompt(batch, sequence, tokens);
            }
        }
    }

    /** Gives places to waiting sequences that have a share of the step, while there is room. */
    private void admit() {
        while (running.size() < limits.maxSequences()) {
            // The last place is for whoever has the fewest, if only in the next step: another would
            // have to yield it then.
            boolean last = running.size() + 1 == limits.maxSequences();
            Optional<Sequence> first =
                    waiting.first(this::runningOf, sequence -> last || sequence.share > 0)
                            .filter(next -> next.share > 0);
            if (first.isEmpty() || !matchWithRoom(first.get())) {
                return;
            }
            Sequence sequence = first.get();
            waiting.remove(sequence);
            if (sequence.choice == 0 && !sequence.begun) {
                // The cache may also hold the beginning of the answer, where a constraint forces
                // it.
                int cached = Math.min(sequence.computed, sequence.promptLength());
                sequence.generation.count(new Generation.Counts(cached, 0, 0));
                sequence.generation.begin();
            }
            forgetWaiting(sequence);
            sequence.known = 0;
            int place = running.size();
            while (place > 0 && Sequence.ARRIVAL.compare(running.get(place - 1), sequence) > 0) {
                place--;
            }
            running.add(place, sequence);
        }
    }

    private void enqueue(Sequence sequence) {
        sequence.known =
                wantsPromptScores(sequence)
                        ? 0
                        : sequence.table.knownPrefix(sequence.tokens, sequence.length);
        waiting.add(sequence);
    }

    /**
     * Gives a waiting sequence the blocks that hold its beginning already; false, and none, where
     * the pool has no room for the rest.
     */
    private boolean matchWithRoom(Sequence sequence) {
        // Who wants logprobs of the prompt has it computed, cached or not.
        sequence.computed =
                wantsPromptScores(sequence)
                        ? 0
                        : sequence.table.matchPrefix(sequence.tokens, sequence.length);
        // What those that run will take of their prompts, and each may need one more block soon.
        int spoken = running.stream().mapToInt(each -> 1 + each.table.missing(each.length)).sum();
        boolean fits =
                running.isEmpty()
                        || pool.available() >= sequence.table.missing(sequence.length) + spoken;
        if (!fits) {
            unmatch(sequence);
        }
        return fits;
    }

    private static void unmatch(Sequence sequence) {
        sequence.table.release();
        sequence.computed = 0;
    }

    /**
     * Where someone waits for a place or for blocks, someone else is preempted: the youngest
     * sequence of the caller with the most, if that caller still has no fewer than the one who
     * waits; else the longest prompt, if it is much longer. Much of what was computed is found in
     * the cache when its turn comes again.
     */
    private void yieldPlace() {
        Optional<Sequence> first = waiting.first(this::runningOf, sequence -> true);
        if (first.isEmpty()) {
            return;
        }
        if (running.size() < limits.maxSequences() && matchWithRoom(first.get())) {
            unmatch(first.get());
            return;
        }
        int most = runningOf(first.get().caller()) + 1;
        Optional<Sequence> yields = Optional.empty();
        Set<String> seen = new HashSet<>();
        for (Sequence sequence : running.reversed()) {
            int count = seen.add(sequence.caller()) ? runningOf(sequence.caller()) : 0;
            if (count > most) {
                most = count;
                yields = Optional.of(sequence);
            }
        }
        yields.or(() -> longestPrompt(first.get())).ifPresent(this::preempt);
    }

    /**
     * The running prompt with the most remaining tokens, at least twice those of {@code waiter}.
     * The oldest prompt stays, so that it is computed in the end.
     */
    private Optional<Sequence> longestPrompt(Sequence waiter) {
        return running.stream()
                .filter(sequence -> sequence.computed < sequence.promptLength())
                .skip(1)
                .filter(sequence -> sequence.gap() >= 2 * waiter.gap())
                .max(Comparator.comparingInt(Sequence::gap));
    }

    private int runningOf(String caller) {
        int count = 0;
        for (Sequence sequence : running) {
            count += sequence.caller().equals(caller) ? 1 : 0;
        }
        return count;
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
        preemptions++;
        running.remove(sequence);
        sequence.table.release();
        sequence.computed = 0;
        sequence.proposeNothing();
        enqueue(sequence);
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
                enqueue(sequence(sequence.generation, choice, sequence.arrival));
            }
        }
        if (sequence.finished) {
            running.remove(sequence);
            sequence.table.release();
        }
    }

    private Sequence sequence(Generation generation, int choice, long arrival) {
        String namespace = generation.request().owner().namespace();
        BlockTable table = new BlockTable(pool, index, blockBytes, namespace);
        Sequence sequence = new Sequence(generation, choice, table);
        sequence.arrival = arrival;
        return sequence;
    }

    private void forgetWaiting(Sequence sequence) {
        if (sequence.choice == 0 && !sequence.begun) {
            room.leave(sequence.generation.request());
        }
        sequence.begun = true;
    }
}

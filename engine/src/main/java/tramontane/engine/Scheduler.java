package tramontane.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tramontane.cache.BlockPool;
import tramontane.cache.BlockTable;
import tramontane.cache.PrefixIndex;
import tramontane.draft.Proposal;
import tramontane.draft.StepCostModel;
import tramontane.model.Batch;

/**
 * Decides which tokens of which sequences a step computes. It knows token counts and cache blocks,
 * but no tensors. Engine thread only.
 *
 * <p>Answers come first in each step; {@link FairQueue} divides the rest among prompts. The oldest
 * running sequence is never preempted for blocks, and the pool holds at least one sequence of the
 * full context, so each step makes progress.
 */
final class Scheduler {
    private final EngineLimits limits;
    private final BlockPool pool;
    private final PrefixIndex index;
    private final long blockBytes;
    private final AdmissionControl admission;
    private final ImageTokens images = new ImageTokens();
    private final FairQueue queue = new FairQueue();
    private final StepCostModel costs = new StepCostModel();
    private final StepBudget budgets;
    private final Optional<ModelDrafts> drafts;

    /** The time that the draft model took for the step that was planned last. */
    private long draftNanos;

    private long preemptions;
    private long arrivals;

    Scheduler(EngineLimits limits, AdmissionControl admission, long blockBytes) {
        this(limits, admission, blockBytes, Optional.empty());
    }

    /**
     * @param blockBytes size of a block in the cache's memory
     */
    Scheduler(
            EngineLimits limits,
            AdmissionControl admission,
            long blockBytes,
            Optional<ModelDrafts> drafts) {
        this.limits = limits;
        this.admission = admission;
        this.pool = new BlockPool(limits.blocks());
        this.index = new PrefixIndex(pool);
        this.blockBytes = blockBytes;
        this.budgets = new StepBudget(limits);
        this.drafts = drafts;
    }

    /** Takes a generation that admission control has accepted. */
    void submit(Generation generation) {
        enqueue(sequence(generation, 0, arrivals++));
    }

    boolean isIdle() {
        return queue.isEmpty();
    }

    int runningCount() {
        return queue.running().size();
    }

    /** How often a sequence lost its blocks, since the start of the engine. */
    long preemptions() {
        return preemptions;
    }

    BlockPool pool() {
        return pool;
    }

    /** How many of the prompt's tokens a request of this owner would find in the cache now. */
    int cachedTokens(GenerationRequest.Prompt prompt, GenerationRequest.Owner owner) {
        BlockTable table = new BlockTable(pool, index, blockBytes, owner.namespace());
        int[] start = images.of(prompt);
        int tokens = table.matchPrefix(start, start.length);
        table.release();
        return tokens;
    }

    /** Removes and returns all sequences, because the engine ends. */
    List<Sequence> removeAll() {
        List<Sequence> all = new ArrayList<>(queue.removeRunning(sequence -> true));
        for (Sequence sequence : queue.removeWaiting(sequence -> true)) {
            leaveAdmission(sequence);
            all.add(sequence);
        }
        return all;
    }

    /** Plans the next step and fills its batch. The plan is empty when all were cancelled. */
    StepPlan plan(Batch batch) {
        StepPlan plan = new StepPlan(batch);
        removeStopped();
        int answers = answers();
        costs.startStep(answers);
        draft(answers);
        int budget = budgets.tokens(answers > 0);
        if (answers == runningCount() && !queue.hasWaiting()) {
            // Most steps are of this kind, and no thread computes while one is planned.
            planAnswers(plan, budget);
            return plan;
        }
        divide(plan, budget, queue.waiting());
        preemptForWaiting();
        budget -= planAnswers(plan, budget);
        startWaiting();
        divide(plan, budget, List.of());
        planPrompts(plan, budget);
        return plan;
    }

    private void draft(int answers) {
        long start = System.nanoTime();
        if (drafts.isPresent() && answers > 0) {
            drafts.get().draft(queue.running(), costs);
        }
        draftNanos = System.nanoTime() - start;
    }

    private int answers() {
        int count = 0;
        for (Sequence sequence : queue.running()) {
            count += sequence.isAnswering() ? 1 : 0;
        }
        return count;
    }

    /** Learns what rows cost from a step that took {@code nanos}. */
    void learn(StepPlan plan, long nanos) {
        long computing = nanos - draftNanos;
        // A step that also computed prompts does not show what drafts cost.
        if (plan.onlyAnswers()) {
            costs.learn(plan.rows(), computing);
        } else {
            budgets.learn(plan.rows(), computing);
        }
    }

    private void removeStopped() {
        if (queue.hasWaiting()) {
            queue.removeWaiting(Sequence::isStopped).forEach(this::leaveAdmission);
        }
        for (Sequence sequence : queue.removeRunning(Sequence::isStopped).reversed()) {
            sequence.releaseBlocks();
        }
    }

    /**
     * Plans the next token of each answer, and its proposal while the step can hold it. Forced
     * tokens that follow a sampled one are computed with it, and count towards the budget.
     *
     * @return how much of the budget was used
     */
    private int planAnswers(StepPlan plan, int budget) {
        int remaining = budget;
        for (Sequence sequence : List.copyOf(queue.running())) {
            if (!sequence.isAnswering() || !queue.running().contains(sequence)) {
                continue;
            }
            int uncomputed = sequence.length() - sequence.computed();
            int tokens = Math.min(uncomputed, 1 + remaining);
            Proposal proposal =
                    tokens == uncomputed ? proposalThatFits(plan, sequence) : Proposal.NONE;
            if (reserve(plan, sequence, sequence.computed() + tokens + proposal.size())) {
                remaining -= tokens - 1;
                plan.addAnswer(sequence, tokens, proposal);
            }
        }
        return budget - remaining;
    }

    private Proposal proposalThatFits(StepPlan plan, Sequence sequence) {
        int max = Math.min(plan.spareLogits(), sequence.remainingTokens() - 1);
        Proposal proposal = sequence.propose(max, costs);
        // No sequence is preempted for the sake of proposed tokens.
        boolean fits =
                pool.available() >= sequence.missingBlocks(sequence.length() + proposal.size());
        return fits ? proposal : Proposal.NONE;
    }

    /** Divides the budget among the running prompts and {@code others}, which may start. */
    private void divide(StepPlan plan, int budget, List<Sequence> others) {
        List<Sequence> prompts = new ArrayList<>();
        for (Sequence sequence : queue.running()) {
            if (sequence.uncomputed() > 0 && !sequence.isAnswering() && !plan.contains(sequence)) {
                prompts.add(sequence);
            }
        }
        prompts.addAll(others);
        queue.divide(
                budget, prompts, sequence -> plan.promptTokens(sequence, sequence.uncomputed()));
    }

    private void planPrompts(StepPlan plan, int budget) {
        int maxRows = plan.rows() + budget;
        for (Sequence sequence : List.copyOf(queue.running())) {
            int max = Math.min(queue.share(sequence), maxRows - plan.rows());
            int tokens = plan.promptTokens(sequence, max);
            if (tokens < 1 || plan.contains(sequence) || !queue.running().contains(sequence)) {
                continue;
            }
            if (reserve(plan, sequence, sequence.computed() + tokens)) {
                plan.addPrompt(sequence, tokens);
            }
        }
    }

    /**
     * Starts waiting sequences that have a share of the step, while there are places and blocks.
     */
    private void startWaiting() {
        while (runningCount() < limits.maxSequences()) {
            // The last place is for the caller with the fewest running sequences, even if that one
            // starts only in the next step: any other would be preempted for it then.
            boolean last = runningCount() + 1 == limits.maxSequences();
            Optional<Sequence> next =
                    queue.next(sequence -> last || queue.share(sequence) > 0)
                            .filter(sequence -> queue.share(sequence) > 0);
            if (next.isEmpty() || !takePrefixIfItFits(next.get())) {
                return;
            }
            start(next.get());
        }
    }

    private void start(Sequence sequence) {
        leaveAdmission(sequence);
        if (sequence.start() && sequence.choice() == 0) {
            // The cache may also hold the beginning of the answer, if a constraint forces it.
            int cached = Math.min(sequence.computed(), sequence.promptLength());
            sequence.generation().start(cached);
        }
        queue.start(sequence);
    }

    private void enqueue(Sequence sequence) {
        sequence.enterQueue();
        queue.enqueue(sequence);
    }

    /**
     * Gives a waiting sequence the cached blocks of its beginning. Returns false, and gives it
     * none, if the pool has too few blocks for the rest.
     */
    private boolean takePrefixIfItFits(Sequence sequence) {
        sequence.takeCachedPrefix();
        // The blocks that the running sequences still need for what they have, and one more each.
        int promised =
                queue.running().stream()
                        .mapToInt(each -> 1 + each.missingBlocks(each.length()))
                        .sum();
        boolean fits =
                runningCount() == 0
                        || pool.available() >= sequence.missingBlocks(sequence.length()) + promised;
        if (!fits) {
            sequence.releaseBlocks();
        }
        return fits;
    }

    /**
     * Preempts a running sequence where one waits for a place or for blocks and should have it.
     * Much of what the preempted one computed is found in the cache when it starts again.
     */
    private void preemptForWaiting() {
        Optional<Sequence> waiter = queue.next(sequence -> true);
        if (waiter.isEmpty()) {
            return;
        }
        if (runningCount() < limits.maxSequences() && takePrefixIfItFits(waiter.get())) {
            waiter.get().releaseBlocks();
            return;
        }
        queue.preemptedFor(waiter.get()).ifPresent(this::preempt);
    }

    /**
     * Reserves blocks for {@code tokens} tokens and preempts the youngest sequences while there are
     * too few. Returns false if the sequence must wait, because it is the youngest itself, or the
     * youngest is part of the step already.
     */
    private boolean reserve(StepPlan plan, Sequence sequence, int tokens) {
        while (pool.available() < sequence.missingBlocks(tokens)) {
            Sequence youngest = queue.running().getLast();
            if (plan.contains(youngest)) {
                return false;
            }
            preempt(youngest);
            if (youngest == sequence) {
                return false;
            }
        }
        sequence.reserveBlocks(tokens);
        return true;
    }

    private void preempt(Sequence sequence) {
        preemptions++;
        queue.stop(sequence);
        sequence.releaseBlocks();
        enqueue(sequence);
    }

    /** Takes note of a run that has been computed and delivered. */
    void advance(StepRun run) {
        Sequence sequence = run.sequence();
        if (sequence.takeSiblingsTurn()) {
            for (int choice = sequence.request().choices() - 1; choice > 0; choice--) {
                enqueue(sequence(sequence.generation(), choice, sequence.arrival()));
            }
        }
        if (sequence.delivery().isFinished()) {
            queue.stop(sequence);
            sequence.releaseBlocks();
        }
    }

    private Sequence sequence(Generation generation, int choice, long arrival) {
        String namespace = generation.request().owner().namespace();
        return new Sequence(
                generation,
                choice,
                arrival,
                new BlockTable(pool, index, blockBytes, namespace),
                images.of(generation.request().input()));
    }

    /** A generation counts as waiting until its first sequence starts or is removed. */
    private void leaveAdmission(Sequence sequence) {
        if (sequence.choice() == 0 && !sequence.hasStarted()) {
            admission.leave(sequence.request());
        }
    }
}

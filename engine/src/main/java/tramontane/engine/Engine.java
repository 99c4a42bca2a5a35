package tramontane.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntPredicate;
import tramontane.cache.BlockPool;
import tramontane.cache.KvCache;
import tramontane.draft.DraftModel;
import tramontane.kernel.Workers;
import tramontane.model.Batch;
import tramontane.model.Transformer;

/**
 * Runs one model. Callers submit requests from any thread. The engine's own thread schedules,
 * computes, samples and delivers, step after step, and sleeps while there is nothing to do.
 */
public final class Engine implements AutoCloseable {
    /**
     * What the engine was doing in its last step, and totals since its start.
     *
     * @param running sequences
     * @param waitingTokens prompt tokens of requests that have not started
     * @param freeBlocks cache blocks that no sequence uses
     * @param blocks all cache blocks
     * @param computedTokens total of rows computed
     * @param busyNanos total time of steps; the engine's idle time is not part of it
     * @param preemptions how often a sequence lost its blocks
     */
    public record Load(
            int running,
            long waitingTokens,
            int freeBlocks,
            int blocks,
            long computedTokens,
            long busyNanos,
            long preemptions) {}

    private final Transformer transformer;
    private final KvCache cache;
    private final Workers workers;
    private final EngineLimits limits;
    private final EndTokens ends;
    private final AdmissionControl admission;
    private final Scheduler scheduler;
    private final Batch batch;
    private final StepSampler[] samplers;

    /** What callers hand to the engine thread. */
    private sealed interface Task {
        record Submission(Generation generation) implements Task {}

        /** Asks how much of a prompt is cached. */
        record CacheQuestion(
                GenerationRequest.Prompt prompt,
                GenerationRequest.Owner owner,
                CompletableFuture<Integer> answer)
                implements Task {}
    }

    /** Questions about the cache that may wait at the same time. */
    private static final int MAX_QUESTIONS = 64;

    /** How often a thread that waits for an answer checks whether the engine was closed. */
    private static final long CLOSED_CHECK_MILLIS = 100;

    private final BlockingQueue<Task> tasks;
    private final Semaphore questions = new Semaphore(MAX_QUESTIONS);
    private final EngineThread thread;
    private volatile Load load;
    private long computedTokens;
    private long busyNanos;

    /**
     * Starts the engine's thread.
     *
     * @param vocabulary the number of tokens
     * @param endsAnswer true for the model's end-of-generation tokens
     * @param draft with the same workers
     */
    Engine(
            Transformer transformer,
            KvCache cache,
            Workers workers,
            EngineLimits limits,
            int vocabulary,
            IntPredicate endsAnswer,
            Optional<DraftModel> draft) {
        this.transformer = transformer;
        this.cache = cache;
        this.workers = workers;
        this.limits = limits;
        this.ends = EndTokens.of(vocabulary, endsAnswer);
        admission = new AdmissionControl(limits);
        scheduler =
                new Scheduler(limits, admission, cache.blockBytes(), draft.map(ModelDrafts::new));
        batch = new Batch(limits.maxRows(), limits.maxLogits());
        samplers = new StepSampler[workers.threads()];
        for (int worker = 0; worker < samplers.length; worker++) {
            samplers[worker] = new StepSampler(transformer, ends, vocabulary);
        }
        tasks = new ArrayBlockingQueue<>(limits.maxWaiting() + MAX_QUESTIONS);
        load = new Load(0, 0, limits.blocks(), limits.blocks(), 0, 0, 0);
        thread = new EngineThread("tramontane-engine", this::work, this::failAll);
    }

    public Load load() {
        return load;
    }

    /** Requests that have been submitted and not started. Unlike {@link #load}, never stale. */
    public int waitingRequests() {
        return admission.requests();
    }

    /**
     * Queues a request.
     *
     * @throws EngineFullException when too many requests or prompt tokens are waiting
     * @throws IllegalArgumentException when prompt and answer exceed the context, the shortest text
     *     of the constraint exceeds the token limit, or a picture was encoded for another model, or
     *     must be computed in one step and exceeds it
     */
    public Generation submit(GenerationRequest request) throws EngineFullException {
        int tokens = request.prompt().length + request.length().max();
        if (tokens > limits.context()) {
            throw new IllegalArgumentException(
                    tokens + " tokens exceed the context of " + limits.context());
        }
        for (PromptImage each : request.input().images()) {
            if (each.image().width() != transformer.config().width()) {
                throw new IllegalArgumentException(
                        "rows of "
                                + each.image().width()
                                + " elements for a model of width "
                                + transformer.config().width());
            }
            if (each.image().grid().looksAhead()
                    && each.image().grid().rows() > limits.stepTokens()) {
                throw new IllegalArgumentException(
                        "a picture of "
                                + each.image().grid().rows()
                                + " rows, which see one another, exceeds a step of "
                                + limits.stepTokens());
            }
        }
        Generation generation = new Generation(request, ends, thread.sharedFailure());
        admission.enter(request);
        // The queue is never full, because admission control lets in no more than it holds.
        Task.Submission submission = new Task.Submission(generation);
        tasks.add(submission);
        Optional<String> ended = thread.ended();
        if (ended.isPresent()) {
            // The engine thread may have emptied the queue for the last time already.
            if (tasks.remove(submission)) {
                admission.leave(request);
            }
            generation.deliver(new GenerationEvent.Failed(ended.get()));
        }
        return generation;
    }

    /**
     * Completes with the reason when the engine fails, and never otherwise. A failed engine does
     * not recover: it fails every generation, including those submitted later. Dependent actions
     * run on the engine's thread, so they must be short.
     */
    public CompletableFuture<String> failure() {
        return thread.failure();
    }

    /** Why the engine failed; empty if it has not. */
    public Optional<String> failed() {
        return thread.failed();
    }

    /**
     * Returns how many of a prompt's tokens a request of this owner would find in the cache now.
     * The engine thread answers between two steps.
     *
     * @return empty when too many callers are asking, or the engine is closed
     */
    public OptionalInt cachedTokens(GenerationRequest.Prompt prompt, GenerationRequest.Owner owner)
            throws InterruptedException {
        if (!questions.tryAcquire()) {
            return OptionalInt.empty();
        }
        try {
            var question = new Task.CacheQuestion(prompt, owner, new CompletableFuture<>());
            tasks.add(question);
            return answer(question.answer());
        } finally {
            questions.release();
        }
    }

    /** Waits for the engine thread's answer, which never comes if the engine is closed first. */
    private OptionalInt answer(CompletableFuture<Integer> question) throws InterruptedException {
        while (true) {
            try {
                return OptionalInt.of(question.get(CLOSED_CHECK_MILLIS, TimeUnit.MILLISECONDS));
            } catch (ExecutionException closing) {
                return OptionalInt.empty();
            } catch (TimeoutException notYet) {
                if (thread.ended().isPresent()) {
                    return OptionalInt.empty();
                }
            }
        }
    }

    /** Fails all generations that have not ended, and ends the thread. */
    @Override
    public void close() {
        thread.close();
    }

    private void work() throws InterruptedException {
        takeSubmitted();
        step();
    }

    private void takeSubmitted() throws InterruptedException {
        if (scheduler.isIdle()) {
            provideBlocks();
            take(tasks.take());
        }
        for (Task next = tasks.poll(); next != null; next = tasks.poll()) {
            take(next);
        }
    }

    // The blocks of the next prompt, while there is nothing to do.
    private void provideBlocks() {
        int from = scheduler.pool().neverTaken();
        int end =
                Math.min(
                        limits.blocks(),
                        from + Math.ceilDiv(limits.stepTokens(), BlockPool.BLOCK_TOKENS));
        boolean isMore = true;
        while (isMore && tasks.isEmpty()) {
            isMore = cache.provide(from, end);
        }
    }

    private void take(Task task) {
        switch (task) {
            case Task.Submission(Generation generation) -> scheduler.submit(generation);
            case Task.CacheQuestion(var prompt, var owner, var answer) ->
                    answer.complete(scheduler.cachedTokens(prompt, owner));
        }
    }

    /** Schedules, computes, samples and delivers. */
    private void step() {
        long start = System.nanoTime();
        StepPlan plan = scheduler.plan(batch);
        if (!plan.isEmpty() && transformer.forward(batch, cache, plan::isAbandoned)) {
            sample(plan);
            for (StepRun run : plan.runs()) {
                run.sequence().complete(run);
                run.sequence().delivery().deliver(run);
                scheduler.advance(run);
            }
            scheduler.learn(plan, System.nanoTime() - start);
        }
        computedTokens += plan.rows();
        busyNanos += System.nanoTime() - start;
        load =
                new Load(
                        scheduler.runningCount(),
                        admission.tokens(),
                        scheduler.pool().available(),
                        limits.blocks(),
                        computedTokens,
                        busyNanos,
                        scheduler.preemptions());
    }

    /** Workers share the rows to score, and then the sequences to sample for. */
    private void sample(StepPlan plan) {
        List<StepRun> sampling = new ArrayList<>();
        for (StepRun run : plan.runs()) {
            switch (run.purpose()) {
                case COMPUTE, STORE -> {}
                case SCORE ->
                        workers.run(run.rows(), (row, worker) -> samplers[worker].score(run, row));
                case SAMPLE -> sampling.add(run);
            }
        }
        workers.run(sampling.size(), (task, worker) -> samplers[worker].sample(sampling.get(task)));
    }

    private void failAll(String reason) {
        List<Generation> generations = new ArrayList<>();
        List<Task> remaining = new ArrayList<>();
        tasks.drainTo(remaining);
        for (Task task : remaining) {
            switch (task) {
                case Task.Submission(Generation generation) -> {
                    admission.leave(generation.request());
                    generations.add(generation);
                }
                case Task.CacheQuestion question ->
                        question.answer().completeExceptionally(new IllegalStateException(reason));
            }
        }
        for (Sequence sequence : scheduler.removeAll()) {
            generations.add(sequence.generation());
        }
        for (Generation generation : generations) {
            generation.deliver(new GenerationEvent.Failed(reason));
        }
    }
}

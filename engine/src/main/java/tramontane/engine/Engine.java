package tramontane.engine;

import java.lang.System.Logger;
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
import tramontane.cache.KvCache;
import tramontane.kernel.Workers;
import tramontane.model.Batch;
import tramontane.model.Transformer;
import tramontane.sampling.TokenLogprobs;

/**
 * Runs one model. Callers submit requests from any thread; one thread of the engine's own
 * schedules, computes, samples and delivers, step after step, and sleeps while there is nothing to
 * do.
 */
public final class Engine implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Engine.class.getName());
    private static final String CLOSED = "the server is shutting down";
    private static final int RESERVE_BYTES = 1 << 20;

    /**
     * What an engine is doing, as of its last step.
     *
     * @param computedTokens since it began
     * @param busyNanos time spent in steps since it began; it stands still while the engine idles
     * @param preemptions since it began
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
    private final WaitingRoom room;
    private final Scheduler scheduler;
    private final Batch batch;
    private final Drawer[] drawers;

    /** What callers hand to the engine thread. */
    private sealed interface Task {
        record Submission(Generation generation) implements Task {}

        /** Asks how much of a prompt is cached. */
        record CacheQuestion(
                int[] prompt, GenerationRequest.Owner owner, CompletableFuture<Integer> answer)
                implements Task {}
    }

    private static final int MAX_QUESTIONS = 64;
    private static final long ANSWER_LOOK_MILLIS = 100;

    private final BlockingQueue<Task> tasks;
    private final Semaphore questions = new Semaphore(MAX_QUESTIONS);
    private final Thread thread;
    private final CompletableFuture<String> failure = new CompletableFuture<>();
    private volatile boolean closed;

    /** Given back when the engine fails: it may have failed because the heap is full. */
    @SuppressWarnings("UnusedVariable") // only its size matters
    private byte[] reserve = new byte[RESERVE_BYTES];

    private volatile Load load;
    private long computedTokens;
    private long busyNanos;

    /**
     * @param vocabulary tokens of the model
     * @param endsAnswer tells the tokens with which the model ends its answer
     */
    public Engine(
            Transformer transformer,
            KvCache cache,
            Workers workers,
            EngineLimits limits,
            int vocabulary,
            IntPredicate endsAnswer) {
        this.transformer = transformer;
        this.cache = cache;
        this.workers = workers;
        this.limits = limits;
        this.ends = EndTokens.of(vocabulary, endsAnswer);
        room = new WaitingRoom(limits);
        scheduler = new Scheduler(limits, room, cache.blockBytes());
        batch = new Batch(limits.maxRows(), limits.maxLogits());
        drawers = new Drawer[workers.threads()];
        for (int worker = 0; worker < drawers.length; worker++) {
            drawers[worker] = new Drawer(transformer, ends, vocabulary);
        }
        tasks = new ArrayBlockingQueue<>(limits.maxWaiting() + MAX_QUESTIONS);
        load = new Load(0, 0, limits.blocks(), limits.blocks(), 0, 0, 0);
        thread = Thread.ofPlatform().name("tramontane-engine").start(this::run);
    }

    public Load load() {
        return load;
    }

    /**
     * Queues a request, or throws when too much is waiting, or when it can never be fulfilled: its
     * tokens exceed the context, or its constraint's shortest text the limit.
     */
    public Generation submit(GenerationRequest request) throws EngineFullException {
        int tokens = request.prompt().length + request.length().max();
        if (tokens > limits.context()) {
            throw new IllegalArgumentException(
                    tokens + " tokens exceed the context of " + limits.context());
        }
        Generation generation = new Generation(request, ends, failure);
        room.enter(request);
        // The room takes no more than the queue.
        Task.Submission submission = new Task.Submission(generation);
        tasks.add(submission);
        if (closed) {
            // The engine thread may have emptied the queue for the last time already.
            if (tasks.remove(submission)) {
                room.leave(request);
            }
            generation.deliver(new GenerationEvent.Failed(failure.getNow(CLOSED)));
        }
        return generation;
    }

    /**
     * Completes with the reason when the engine fails, and never otherwise. A failed engine fails
     * every generation, also those submitted later, and does not recover. What depends on this runs
     * on the engine's thread, so it must be short.
     */
    public CompletableFuture<String> failure() {
        return failure.copy();
    }

    /**
     * How many of a prompt's tokens a request of this owner would find in the cache now. The engine
     * thread answers between two steps.
     *
     * @return nothing where too many are asking, or the engine is closed
     */
    public OptionalInt cachedTokens(int[] prompt, GenerationRequest.Owner owner)
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

    /** Waits for the engine thread, which answers nothing any more once it has ended. */
    private OptionalInt answer(CompletableFuture<Integer> question) throws InterruptedException {
        while (true) {
            try {
                return OptionalInt.of(question.get(ANSWER_LOOK_MILLIS, TimeUnit.MILLISECONDS));
            } catch (ExecutionException closing) {
                return OptionalInt.empty();
            } catch (TimeoutException notYet) {
                if (closed) {
                    return OptionalInt.empty();
                }
            }
        }
    }

    /** Fails what is under way and ends the thread. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (!closed) {
                takeSubmitted();
                step();
            }
            failAll(CLOSED);
        } catch (InterruptedException e) {
            failAll(CLOSED);
        } catch (Throwable thrown) {
            fail(thrown);
        }
    }

    /** The order matters: whoever sees {@code closed} must find the reason. */
    private void fail(Throwable cause) {
        reserve = new byte[0];
        String reason = "the engine failed: " + cause;
        failure.complete(reason);
        closed = true;
        try {
            failAll(reason);
        } finally {
            LOG.log(Logger.Level.ERROR, "The engine failed and takes no more requests.", cause);
        }
    }

    private void takeSubmitted() throws InterruptedException {
        if (scheduler.isIdle()) {
            take(tasks.take());
        }
        for (Task next = tasks.poll(); next != null; next = tasks.poll()) {
            take(next);
        }
    }

    private void take(Task task) {
        switch (task) {
            case Task.Submission(Generation generation) -> scheduler.submit(generation);
            case Task.CacheQuestion(int[] prompt, var owner, var answer) ->
                    answer.complete(scheduler.cachedTokens(prompt, owner));
        }
    }

    /** Schedule, compute, sample, deliver. */
    private void step() {
        long began = System.nanoTime();
        List<Sequence> planned = scheduler.plan(batch);
        if (!planned.isEmpty()
                && transformer.forward(batch, cache, () -> nobodyWaitsFor(planned))) {
            sample(planned);
            for (Sequence sequence : planned) {
                deliver(sequence);
            }
            scheduler.took(System.nanoTime() - began);
        }
        computedTokens += batch.rows();
        busyNanos += System.nanoTime() - began;
        load =
                new Load(
                        scheduler.runningCount(),
                        room.tokens(),
                        scheduler.pool().available(),
                        limits.blocks(),
                        computedTokens,
                        busyNanos,
                        scheduler.preemptions());
    }

    private static boolean nobodyWaitsFor(List<Sequence> planned) {
        for (Sequence sequence : planned) {
            if (!sequence.isStopped()) {
                return false;
            }
        }
        return true;
    }

    /** Draws, for each sequence, tokens as long as they confirm what was proposed. */
    private void sample(List<Sequence> planned) {
        List<Sequence> drawing = new ArrayList<>(planned.size());
        for (Sequence sequence : planned) {
            sequence.promptScores.ifPresent(scores ->
                    workers.run(
                            scores.stepRows(),
                            (row, worker) -> drawers[worker].scorePrompt(sequence, scores, row)));
            if (sequence.logits >= 0) {
                drawing.add(sequence);
            }
        }
        workers.run(drawing.size(), (task, worker) -> drawers[worker].draw(drawing.get(task)));
    }

    private void deliver(Sequence sequence) {
        sequence.promptScores.ifPresent(PromptScores::endStep);
        if (sequence.logits < 0) {
            sequence.failure.ifPresent(cause -> giveUp(sequence, cause));
            scheduler.advance(sequence, sequence.stepEnd);
            return;
        }
        int before = sequence.stepEnd - sequence.proposed;
        int answered = sequence.answerLength();
        if (sequence.delivered == 0 && !sequence.promptDelivered && sequence.failure.isEmpty()) {
            sequence.promptDelivered = true;
            sequence.promptScores.ifPresent(scores ->
                    sequence.generation.deliver(new GenerationEvent.PromptScored(scores.all())));
        }
        boolean ended = answered > 0 && ends.has(sequence.tokens[sequence.length - 1]);
        for (; sequence.delivered < answered - (ended ? 1 : 0); sequence.delivered++) {
            int token = sequence.tokens[sequence.promptLength() + sequence.delivered];
            Optional<TokenLogprobs> logprobs = Optional.ofNullable(sequence.scores.pollFirst());
            sequence.generation.deliver(
                    new GenerationEvent.Token(sequence.choice, token, logprobs));
        }
        sequence.end.ifPresent(reason -> finish(sequence, reason, answered));
        sequence.failure.ifPresent(cause -> giveUp(sequence, cause));
        sequence.drafter.learn(
                sequence,
                sequence.drafted,
                Math.min(sequence.drafted, sequence.confirmed),
                sequence.length - before);
        countDrafts(sequence);
        scheduler.advance(sequence, before + sequence.confirmed);
    }

    private static void countDrafts(Sequence sequence) {
        if (sequence.drafted > 0) {
            Generation.Counts counts = sequence.generation.counts();
            sequence.generation.count(
                    new Generation.Counts(
                            counts.cachedTokens(),
                            counts.acceptedDrafts() + sequence.confirmed,
                            counts.rejectedDrafts() + sequence.drafted - sequence.confirmed));
        }
    }

    /** Ends a generation whose draw failed; no other has anything to do with it. */
    private static void giveUp(Sequence sequence, Throwable cause) {
        String reason;
        if (cause instanceof UnsoundLogitsException) {
            reason = String.valueOf(cause.getMessage());
            LOG.log(Logger.Level.ERROR, "An answer was given up: " + reason);
        } else {
            reason = "its constraint failed: " + cause;
            LOG.log(Logger.Level.ERROR, "A constraint failed and its answer was given up.", cause);
        }
        sequence.finished = true;
        sequence.generation.deliver(new GenerationEvent.Failed(reason));
        sequence.generation.cancel();
    }

    private static void finish(Sequence sequence, FinishReason reason, int tokens) {
        sequence.finished = true;
        sequence.generation.deliver(new GenerationEvent.Finished(sequence.choice, reason, tokens));
    }

    private void failAll(String reason) {
        List<Generation> generations = new ArrayList<>();
        List<Task> left = new ArrayList<>();
        tasks.drainTo(left);
        for (Task task : left) {
            switch (task) {
                case Task.Submission(Generation generation) -> {
                    room.leave(generation.request());
                    generations.add(generation);
                }
                case Task.CacheQuestion question ->
                        question.answer().completeExceptionally(new IllegalStateException(reason));
            }
        }
        for (Sequence sequence : scheduler.abandonAll()) {
            generations.add(sequence.generation);
        }
        for (Generation generation : generations) {
            generation.deliver(new GenerationEvent.Failed(reason));
        }
    }
}

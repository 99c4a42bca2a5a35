package tramontane.engine;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import tramontane.grammar.Constraint;

/**
 * A submitted request as its reader sees it. The engine thread puts events into a bounded queue and
 * never waits: if the reader lets the queue fill, the generation is cancelled.
 */
public final class Generation {
    private static final int EVENTS_PER_CHOICE = 4096;

    /**
     * Token counts of a generation.
     *
     * @param cachedTokens of the prompt, found in the cache
     * @param acceptedDrafts drafted tokens that the answers took
     * @param rejectedDrafts drafted tokens that were computed in vain
     */
    public record Counts(int cachedTokens, int acceptedDrafts, int rejectedDrafts) {}

    /**
     * The progress of a generation, measured with the engine's clock.
     *
     * @param queuedNanos from the submission to the first step; empty while it waits
     * @param firstTokenNanos from the submission to the first token of any choice
     * @param answeringNanos from the first token to the newest
     * @param tokens delivered so far, of all choices
     */
    public record Progress(
            OptionalLong queuedNanos,
            OptionalLong firstTokenNanos,
            long answeringNanos,
            int tokens) {
        public static final Progress NONE =
                new Progress(OptionalLong.empty(), OptionalLong.empty(), 0, 0);
    }

    /**
     * The beginning that the constraint forces on every choice of the answer.
     *
     * @param tokens the forced tokens
     * @param position behind them; empty without a constraint
     */
    record Opening(int[] tokens, Optional<Constraint> position) {
        private static Opening of(GenerationRequest request) {
            if (request.guidance().constraint().isEmpty()) {
                return new Opening(new int[0], Optional.empty());
            }
            Constraint start = request.guidance().constraint().get();
            int max = request.length().max();
            int needed = start.closing().length;
            if (needed > max) {
                throw new IllegalArgumentException(
                        "the shortest answer has " + needed + " tokens, the limit is " + max);
            }
            ConstraintCursor.Jump jump = ConstraintCursor.Jump.from(start, max);
            return new Opening(jump.tokens(), Optional.of(jump.end()));
        }
    }

    private final GenerationRequest request;
    private final EndTokens ends;
    private final CompletableFuture<String> engineFailure;
    private final Opening opening;
    private final BlockingQueue<GenerationEvent> events;
    private final AtomicIntegerArray stopped;
    private volatile boolean cancelled;
    private final long submittedNanos = System.nanoTime();
    private volatile Counts counts = new Counts(0, 0, 0);
    private volatile Progress progress = Progress.NONE;

    /** A generation of an engine that cannot fail, for tests of the scheduler. */
    Generation(GenerationRequest request, EndTokens ends) {
        this(request, ends, new CompletableFuture<>());
    }

    /** Computes the opening, which takes time: the submitting thread does it, not the engine's. */
    Generation(GenerationRequest request, EndTokens ends, CompletableFuture<String> engineFailure) {
        this.request = request;
        this.ends = ends;
        this.engineFailure = engineFailure;
        this.opening = Opening.of(request);
        // One place for each choice is reserved for its last event. The queue is a linked one,
        // because many generations wait without having any event yet.
        this.events = new LinkedBlockingQueue<>(request.choices() * (EVENTS_PER_CHOICE + 1) + 1);
        this.stopped = new AtomicIntegerArray(request.choices());
    }

    public GenerationRequest request() {
        return request;
    }

    /** The next event; empty when none comes within {@code timeout}. */
    public Optional<GenerationEvent> poll(Duration timeout) throws InterruptedException {
        Optional<GenerationEvent> event =
                Optional.ofNullable(events.poll(timeout.toNanos(), TimeUnit.NANOSECONDS));
        if (event.isEmpty() && engineFailure.isDone()) {
            // The engine may have failed before it delivered the failure to this generation.
            return Optional.of(new GenerationEvent.Failed(engineFailure.join()));
        }
        return event;
    }

    /** Ends the generation at the next step. There may be no last event. */
    public void cancel() {
        cancelled = true;
    }

    /** Ends one choice at the next step, because its reader needs no more of it. */
    public void stop(int choice) {
        stopped.set(choice, 1);
    }

    /** When the request was submitted, by {@link System#nanoTime}. */
    public long submittedNanos() {
        return submittedNanos;
    }

    public Counts counts() {
        return counts;
    }

    public Progress progress() {
        return progress;
    }

    Opening opening() {
        return opening;
    }

    EndTokens ends() {
        return ends;
    }

    /** A cursor for one more choice, positioned behind the opening. */
    Optional<ConstraintCursor> newCursor() {
        return opening.position.map(position -> new ConstraintCursor(position, ends));
    }

    boolean isStopped(int choice) {
        return cancelled || stopped.get(choice) != 0;
    }

    /** Engine thread only. */
    void deliver(GenerationEvent event) {
        boolean isToken = event instanceof GenerationEvent.Token;
        if (isToken) {
            countToken();
        }
        if (isToken && events.remainingCapacity() <= request.choices() + 1) {
            cancelled = true;
            events.offer(new GenerationEvent.Failed("the reader did not keep up"));
        } else {
            events.offer(event);
        }
    }

    /**
     * Marks the first step of the generation. Engine thread only.
     *
     * @param cachedTokens of the prompt
     */
    void start(int cachedTokens) {
        counts = new Counts(cachedTokens, 0, 0);
        progress =
                new Progress(
                        OptionalLong.of(System.nanoTime() - submittedNanos),
                        OptionalLong.empty(),
                        0,
                        0);
    }

    private void countToken() {
        long elapsed = System.nanoTime() - submittedNanos;
        long first = progress.firstTokenNanos.orElse(elapsed);
        progress =
                new Progress(
                        progress.queuedNanos,
                        OptionalLong.of(first),
                        elapsed - first,
                        progress.tokens + 1);
    }

    /** Counts the drafted tokens of one step. Engine thread only. */
    void countDrafts(int accepted, int rejected) {
        counts =
                new Counts(
                        counts.cachedTokens,
                        counts.acceptedDrafts + accepted,
                        counts.rejectedDrafts + rejected);
    }
}

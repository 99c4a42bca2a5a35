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
 * A running generation as its reader sees it. The engine thread puts events into a bounded queue
 * and never waits: a reader who lets it fill is cancelled.
 */
public final class Generation {
    private static final int EVENTS_PER_CHOICE = 4096;

    /**
     * What became of a generation's speculation, and how much of its prompt was found in the cache.
     */
    public record Counts(int cachedTokens, int acceptedDrafts, int rejectedDrafts) {}

    /**
     * How far a generation has come, by the engine's own clock; all times are in nanoseconds.
     *
     * @param queuedNanos from the submission to the first step; absent while it waits
     * @param firstTokenNanos from the submission to the first token of any choice
     * @param answeringNanos from the first token to the latest
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
     * How every choice of an answer begins, whatever the model says: the tokens that a constraint
     * forces at once, and the place behind them.
     */
    record Opening(int[] tokens, Optional<Constraint> place) {
        private static Opening of(GenerationRequest request) {
            if (request.guidance().constraint().isEmpty()) {
                return new Opening(new int[0], Optional.empty());
            }
            Constraint place = request.guidance().constraint().get();
            int max = request.length().max();
            int needed = place.closing().length;
            if (needed > max) {
                throw new IllegalArgumentException(
                        "the shortest answer has "
                                + needed
                                + " tokens, at most "
                                + max
                                + " may be");
            }
            Guide.Jump jump = Guide.Jump.from(place, max);
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

    /** A generation of an engine that cannot fail, for the scheduler alone. */
    Generation(GenerationRequest request, EndTokens ends) {
        this(request, ends, new CompletableFuture<>());
    }

    /** Walks the constraint's beginning, so better not on the engine thread. */
    Generation(GenerationRequest request, EndTokens ends, CompletableFuture<String> engineFailure) {
        this.request = request;
        this.ends = ends;
        this.engineFailure = engineFailure;
        this.opening = Opening.of(request);
        // The last place of each choice is kept for its end. Links, because a thousand may wait
        // that have no event yet.
        this.events = new LinkedBlockingQueue<>(request.choices() * (EVENTS_PER_CHOICE + 1) + 1);
        this.stopped = new AtomicIntegerArray(request.choices());
    }

    public GenerationRequest request() {
        return request;
    }

    /** The next event, or nothing when none came within {@code patience}. */
    public Optional<GenerationEvent> poll(Duration patience) throws InterruptedException {
        Optional<GenerationEvent> event =
                Optional.ofNullable(events.poll(patience.toNanos(), TimeUnit.NANOSECONDS));
        if (event.isEmpty() && engineFailure.isDone()) {
            // The engine may have failed before it could deliver the failure.
            return Optional.of(new GenerationEvent.Failed(engineFailure.join()));
        }
        return event;
    }

    /** Ends the generation at the next step; events may stop without an end. */
    public void cancel() {
        cancelled = true;
    }

    /** Ends one choice at the next step, because its reader has seen enough. */
    public void stop(int choice) {
        stopped.set(choice, 1);
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

    /** A guide for one more choice, placed behind the opening. */
    Optional<Guide> guide() {
        return opening.place.map(place -> new Guide(place, ends));
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

    /** Engine thread only: the first step with tokens of this generation is being planned. */
    void begin() {
        progress =
                new Progress(
                        OptionalLong.of(System.nanoTime() - submittedNanos),
                        OptionalLong.empty(),
                        0,
                        0);
    }

    private void countToken() {
        long past = System.nanoTime() - submittedNanos;
        long first = progress.firstTokenNanos.orElse(past);
        progress =
                new Progress(
                        progress.queuedNanos,
                        OptionalLong.of(first),
                        past - first,
                        progress.tokens + 1);
    }

    /** Engine thread only. */
    void count(Counts newCounts) {
        counts = newCounts;
    }
}

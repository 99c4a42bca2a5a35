package tramontane.pool;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import tramontane.api.ApiException;
import tramontane.backend.Completion;
import tramontane.backend.CompletionEvent;
import tramontane.backend.Metrics;
import tramontane.backend.ModelBackend;

/**
 * An answer of a pooled model. While the model is not loaded there are no events. Then the request
 * is started by the thread that polls; a fault that is found then is a {@link
 * CompletionEvent.Failed}.
 */
final class PooledCompletion implements Completion {
    /** Starts the request on a loaded model. */
    @FunctionalInterface
    interface Start {
        Completion on(ModelBackend backend) throws ApiException;
    }

    private final Residency residency;
    private final Claim claim;
    private final Start start;
    private final Semaphore turns;
    private final long deadlineNanos;
    private volatile Optional<Completion> answer = Optional.empty();
    private volatile boolean closed;

    /**
     * @param turns limits how many requests are started at the same time, since that takes a core
     * @param wait how long the model may take to be loaded
     */
    PooledCompletion(
            Residency residency, Claim claim, Start start, Semaphore turns, Duration wait) {
        this.residency = residency;
        this.claim = claim;
        this.start = start;
        this.turns = turns;
        this.deadlineNanos = System.nanoTime() + wait.toNanos();
    }

    /** Starts the request at once if the model is loaded. */
    void beginIfLoaded() throws ApiException {
        Optional<ModelBackend> backend = residency.granted(claim);
        if (backend.isPresent()) {
            begin(backend.get());
        }
    }

    private void begin(ModelBackend backend) throws ApiException {
        Completion started = start.on(backend);
        answer = Optional.of(started);
        if (closed) {
            started.close();
        }
    }

    @Override
    public Optional<CompletionEvent> poll(Duration timeout) throws InterruptedException {
        if (answer.isPresent()) {
            return answer.get().poll(timeout);
        }
        long end = System.nanoTime() + timeout.toNanos();
        try {
            Optional<ModelBackend> backend = residency.await(claim, timeout.toNanos());
            if (backend.isPresent()) {
                beginInTurn(backend.get(), end - System.nanoTime());
            } else if (System.nanoTime() >= deadlineNanos) {
                throw residency.expired(claim);
            }
        } catch (ApiException e) {
            residency.release(claim);
            return Optional.of(new CompletionEvent.Failed(e));
        }
        return Optional.empty();
    }

    private void beginInTurn(ModelBackend backend, long nanos)
            throws ApiException, InterruptedException {
        if (turns.tryAcquire(nanos, TimeUnit.NANOSECONDS)) {
            try {
                begin(backend);
            } finally {
                turns.release();
            }
        }
    }

    @Override
    public List<int[]> newTokens() {
        return answer.map(Completion::newTokens).orElseGet(List::of);
    }

    @Override
    public Metrics metrics() {
        return answer.map(Completion::metrics).orElseGet(() -> Metrics.nothingGenerated(0));
    }

    @Override
    public void close() {
        closed = true;
        answer.ifPresent(Completion::close);
        residency.release(claim);
    }
}

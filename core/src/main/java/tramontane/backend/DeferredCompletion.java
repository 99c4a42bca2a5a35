package tramontane.backend;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;

/**
 * An answer that begins when other work is done, on a thread of its own. There are no events until
 * then, so that the one who polls notices a client that leaves, and the limits of time hold. A
 * fault of the work is a {@link CompletionEvent.Failed}.
 *
 * @param <T> the result of the work
 */
final class DeferredCompletion<T> implements Completion {
    /** Starts the answer, on the thread that polls. */
    @FunctionalInterface
    interface Next<T> {
        Completion of(T result) throws ApiException, InterruptedException;
    }

    /** What is before the answer. Dropped when that begins, since it may refer to much memory. */
    private record Before<T>(FutureTask<T> work, Next<T> next) {}

    private volatile Optional<Before<T>> before;
    private final Runnable release;
    private final int promptTokens;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile Optional<Completion> answer = Optional.empty();

    /**
     * @param work that was started; it is interrupted when this is closed
     * @param release called once, when this is closed
     * @param promptTokens 0 if they are not known
     */
    DeferredCompletion(FutureTask<T> work, Next<T> next, Runnable release, int promptTokens) {
        this.before = Optional.of(new Before<>(work, next));
        this.release = release;
        this.promptTokens = promptTokens;
    }

    @Override
    public Optional<CompletionEvent> poll(Duration timeout) throws InterruptedException {
        if (answer.isPresent()) {
            return answer.get().poll(timeout);
        }
        try {
            Before<T> first = before.orElseThrow();
            begin(first.next.of(first.work.get(timeout.toNanos(), TimeUnit.NANOSECONDS)));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ApiException refused) {
            return failed(refused);
        } catch (CancellationException e) {
            return failed(ended());
        } catch (ExecutionException e) {
            return failed(cause(e));
        }
        return Optional.empty();
    }

    private void begin(Completion started) {
        answer = Optional.of(started);
        before = Optional.empty();
        if (closed.get()) {
            started.close();
        }
    }

    private static Optional<CompletionEvent> failed(ApiException cause) {
        return Optional.of(new CompletionEvent.Failed(cause));
    }

    private static ApiException ended() {
        return new ApiException(
                ErrorCode.UNAVAILABLE, "The answer was ended before it began: the model stops.");
    }

    private static ApiException cause(ExecutionException e) {
        return switch (e.getCause()) {
            case ApiException refused -> refused;
            case InterruptedException _ -> ended();
            case RuntimeException fault -> throw fault;
            case Error error -> throw error;
            case null, default -> throw new IllegalStateException(e);
        };
    }

    @Override
    public List<int[]> newTokens() {
        return answer.map(Completion::newTokens).orElseGet(List::of);
    }

    @Override
    public Metrics metrics() {
        return answer.map(Completion::metrics)
                .orElseGet(() -> Metrics.nothingGenerated(promptTokens));
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            before.ifPresent(each -> each.work.cancel(true));
            release.run();
        }
        answer.ifPresent(Completion::close);
    }
}

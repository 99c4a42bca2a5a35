package tramontane.engine;

import java.lang.System.Logger;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The thread that computes for one loaded model: step after step, until it is closed or a step
 * fails. In both cases everything that has not ended fails with a reason, also what is submitted
 * later.
 */
public final class EngineThread implements AutoCloseable {
    /** A step of the work; waits while there is nothing to do. */
    @FunctionalInterface
    public interface Step {
        void run() throws InterruptedException;
    }

    private static final Logger LOG = System.getLogger(EngineThread.class.getName());
    private static final String CLOSED = "the server is shutting down";
    private static final int RESERVE_BYTES = 1 << 20;

    private final Step step;
    private final Consumer<String> failAll;
    private final CompletableFuture<String> failure = new CompletableFuture<>();
    private volatile boolean closed;

    /** Freed on a failure, because it may be for lack of heap memory. */
    @SuppressWarnings("UnusedVariable") // only its size matters
    private byte[] reserve = new byte[RESERVE_BYTES];

    private final Thread thread;

    /**
     * Starts the thread.
     *
     * @param failAll fails what has not ended, with a reason; called on this thread, once
     */
    public EngineThread(String name, Step step, Consumer<String> failAll) {
        this.step = step;
        this.failAll = failAll;
        thread = Thread.ofPlatform().name(name).start(this::run);
    }

    /**
     * Why what is submitted now is lost: the thread may have failed everything for the last time
     * already. Empty while the thread works.
     */
    public Optional<String> ended() {
        return closed ? Optional.of(failure.getNow(CLOSED)) : Optional.empty();
    }

    /** Why a step failed; empty if none has. */
    public Optional<String> failed() {
        return Optional.ofNullable(failure.getNow(null));
    }

    /**
     * Completes with the reason when a step fails, and never otherwise. Dependent actions run on
     * this thread, so they must be short. Each call adds one that stays: {@link #failed} is for
     * those who ask often.
     */
    public CompletableFuture<String> failure() {
        return failure.copy();
    }

    /** The future itself, which only this thread may complete. */
    CompletableFuture<String> sharedFailure() {
        return failure;
    }

    /** Fails all that has not ended, and waits for the end of the thread. */
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
                step.run();
            }
            failAll.accept(CLOSED);
        } catch (InterruptedException e) {
            failAll.accept(CLOSED);
        } catch (Throwable thrown) {
            fail(thrown);
        }
    }

    /**
     * The reason is set before {@code closed}, because a thread that reads {@code closed} needs it.
     */
    private void fail(Throwable cause) {
        reserve = new byte[0];
        String reason = "the engine failed: " + cause;
        failure.complete(reason);
        closed = true;
        try {
            failAll.accept(reason);
        } finally {
            LOG.log(Logger.Level.ERROR, "The engine failed and accepts no more requests.", cause);
        }
    }
}

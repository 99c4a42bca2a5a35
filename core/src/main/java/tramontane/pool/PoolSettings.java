package tramontane.pool;

import java.time.Duration;
import java.util.Optional;

/**
 * The limits of a pool.
 *
 * @param budgetBytes memory for all loaded models together
 * @param loadWait how long a request waits until its model is loaded; zero refuses it at once
 * @param unloadAfter how long a model stays loaded without a request; empty for ever
 * @param drainAfter how long a model waits for memory before models in use get no more requests
 * @param firstRetry the wait after a model's first failure, which doubles with each one
 * @param maxWaiting requests that may wait for models at the same time
 */
public record PoolSettings(
        long budgetBytes,
        Duration loadWait,
        Optional<Duration> unloadAfter,
        Duration drainAfter,
        Duration firstRetry,
        int maxWaiting) {
    /** The longest wait after a failure. */
    static final Duration MAX_RETRY = Duration.ofMinutes(5);

    private static final Duration DRAIN_AFTER = Duration.ofSeconds(10);
    private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
    private static final int MAX_WAITING = 128;

    /** With the defaults of what a user does not set. */
    public PoolSettings(long budgetBytes, Duration loadWait, Optional<Duration> unloadAfter) {
        this(budgetBytes, loadWait, unloadAfter, DRAIN_AFTER, FIRST_RETRY, MAX_WAITING);
    }

    /** The wait after so many failures in a row. */
    Duration retryAfter(int failures) {
        int doublings = Math.min(failures - 1, 20);
        Duration wait = firstRetry.multipliedBy(1L << doublings);
        return wait.compareTo(MAX_RETRY) < 0 ? wait : MAX_RETRY;
    }
}

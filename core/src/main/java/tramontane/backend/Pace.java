package tramontane.backend;

import java.time.Duration;
import tramontane.api.ApiException;
import tramontane.engine.Engine;
import tramontane.engine.EngineFullException;

/**
 * Estimates how many tokens per second the engine computes under load, and so how long a queue will
 * take. Safe for use by many threads.
 *
 * <p>Only the time that the engine is busy counts. With few requests the engine runs small batches
 * and is slower than it could be, so a measurement made while no request waits may raise the
 * estimate but not lower it.
 */
final class Pace {
    /** The estimate before the first measurement: prefill of a small model on two cores. */
    private static final double FIRST_GUESS = 200;

    /** Minimum busy time of a measurement. */
    private static final long WINDOW_NANOS = 1_000_000_000;

    private static final Duration LONGEST = Duration.ofMinutes(10);

    /**
     * The engine's totals since it started.
     *
     * @param busyNanos time spent computing
     * @param waiting whether requests are waiting now
     */
    record Work(long computedTokens, long busyNanos, boolean waiting) {}

    private Work then = new Work(0, 0, false);
    private double tokensPerSecond = FIRST_GUESS;
    private boolean measured;

    /** Updates the estimate if the engine has been busy long enough since the last measurement. */
    synchronized void observe(Work now) {
        long busyNanos = now.busyNanos() - then.busyNanos();
        if (busyNanos < WINDOW_NANOS) {
            return;
        }
        double reading = (now.computedTokens() - then.computedTokens()) * 1e9 / busyNanos;
        boolean saturated = then.waiting() && now.waiting();
        if (saturated) {
            tokensPerSecond = measured ? (tokensPerSecond + reading) / 2 : reading;
            measured = true;
        } else if (reading > tokensPerSecond) {
            tokensPerSecond = reading;
        }
        then = now;
    }

    /** Updates the estimate with what an engine says of its last step. */
    void observe(Engine.Load load) {
        observe(new Work(load.computedTokens(), load.busyNanos(), load.waitingTokens() > 0));
    }

    /** The error for a request that the queue has no room for. */
    ApiException busy(EngineFullException full) {
        return ApiException.busy(
                "The server is busy: " + full.getMessage() + ".", timeFor(full.waitingTokens()));
    }

    /** The time that {@code tokens} will take, in whole seconds, at least one. */
    synchronized Duration timeFor(long tokens) {
        double seconds = Math.ceil(tokens / Math.max(1, tokensPerSecond));
        return Duration.ofSeconds((long) Math.clamp(seconds, 1, LONGEST.toSeconds()));
    }
}

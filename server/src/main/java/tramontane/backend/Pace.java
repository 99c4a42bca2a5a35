package tramontane.backend;

import java.time.Duration;

/**
 * Estimates how many tokens the engine computes in a second when it has enough to do, and from that
 * how long a queue will take. Safe for use by many threads.
 *
 * <p>Speed is measured over the time the engine was busy, so idle time does not count. An engine
 * with little to do works in small batches and is slow for want of work: such a reading can raise
 * the estimate but not lower it. Only a reading taken while requests waited can lower it.
 */
final class Pace {
    /** Used until there is a reading: prefill of a small model on two cores. */
    private static final double FIRST_GUESS = 200;

    /** Shortest busy time that makes a reading. */
    private static final long WINDOW_NANOS = 1_000_000_000;

    private static final Duration LONGEST = Duration.ofMinutes(10);

    /**
     * What the engine has done since it began.
     *
     * @param busyNanos time spent computing
     * @param waiting whether requests are waiting now
     */
    record Work(long computedTokens, long busyNanos, boolean waiting) {}

    private Work then = new Work(0, 0, false);
    private double tokensPerSecond = FIRST_GUESS;
    private boolean measured;

    /** Takes a reading, once the engine has been busy for long enough since the last one. */
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

    /** How long {@code tokens} will take, in whole seconds, at least one. */
    synchronized Duration timeFor(long tokens) {
        double seconds = Math.ceil(tokens / Math.max(1, tokensPerSecond));
        return Duration.ofSeconds((long) Math.clamp(seconds, 1, LONGEST.toSeconds()));
    }
}

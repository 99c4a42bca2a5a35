package tramontane.backend;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * How fast the engine works, from how many tokens it had computed at earlier requests; says how
 * long a queue will take.
 */
final class Pace {
    /** Before anything is known: a small model's prefill on two cores. */
    private static final double FIRST_GUESS = 200;

    private static final Duration WINDOW = Duration.ofSeconds(10);
    private static final Duration LONGEST = Duration.ofMinutes(10);

    private final InstantSource clock;
    private final LongSupplier computedTokens;
    private Instant since;
    private long tokensThen;
    private double tokensPerSecond = FIRST_GUESS;

    Pace(InstantSource clock, LongSupplier computedTokens) {
        this.clock = clock;
        this.computedTokens = computedTokens;
        this.since = clock.instant();
    }

    /** Takes a reading, once a window; idle windows say nothing. */
    synchronized void observe() {
        Instant now = clock.instant();
        Duration past = Duration.between(since, now);
        if (past.compareTo(WINDOW) < 0) {
            return;
        }
        long tokens = computedTokens.getAsLong();
        double measured = (tokens - tokensThen) * 1e3 / past.toMillis();
        // A window that was partly idle reads too low, so a lower reading counts for less.
        tokensPerSecond =
                measured > tokensPerSecond ? measured : 0.9 * tokensPerSecond + 0.1 * measured;
        since = now;
        tokensThen = tokens;
    }

    /** How long {@code tokens} will take, in whole seconds, at least one. */
    synchronized Duration timeFor(long tokens) {
        double seconds = Math.ceil(tokens / Math.max(1, tokensPerSecond));
        return Duration.ofSeconds((long) Math.clamp(seconds, 1, LONGEST.toSeconds()));
    }
}

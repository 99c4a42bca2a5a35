package tramontane.limit;

import java.time.Duration;
import java.util.Optional;
import tramontane.access.KeyLimits;

/**
 * The use of a key as it was read from the database.
 *
 * @param requests used of the minute
 * @param tokens used of the minute
 * @param monthTokens used of the month
 * @param running requests that all servers are answering
 * @param readNanos when, on this process' monotonic clock
 */
record SharedCount(double requests, double tokens, long monthTokens, long running, long readNanos) {
    private static final double PERIOD_NANOS = Duration.ofMinutes(1).toNanos();

    /** What is left of the limits; the minute has refilled since the use was read. */
    KeyUse left(KeyLimits limits, long nowNanos) {
        return new KeyUse(
                limits.requestsPerMinute().map(limit -> left(limit, requests, nowNanos)),
                limits.tokensPerMinute().map(limit -> left(limit, tokens, nowNanos)),
                limits.tokensPerMonth().map(limit -> Math.max(0, limit - monthTokens)),
                running);
    }

    private long left(long limit, double used, long nowNanos) {
        double refilled = used - (nowNanos - readNanos) / PERIOD_NANOS * limit;
        return (long) Math.max(0, Math.floor(limit - Math.max(0, refilled)));
    }

    /** Why a request exceeds the limits; empty if they have made room for it meanwhile. */
    Optional<Refusal> refusal(KeyLimits limits, Cost cost, Duration untilNextMonth) {
        if (cost.answered() && running >= limits.concurrent().orElse(Long.MAX_VALUE)) {
            return limits.concurrent().map(Refusal::ofRunning);
        }
        Optional<Refusal> ofRequests =
                limits.requestsPerMinute()
                        .filter(limit -> requests + 1 > limit)
                        .map(limit -> Refusal.ofRequests(limit, wait(requests + 1, limit)));
        Optional<Refusal> ofTokens =
                limits.tokensPerMinute()
                        .filter(limit -> cost.tokens() > 0 && tokens + cost.tokens() > limit)
                        .map(limit ->
                                Refusal.ofTokens(
                                        limit,
                                        cost,
                                        left(limit, tokens, readNanos),
                                        wait(tokens + cost.tokens(), limit)));
        Optional<Refusal> ofMonth =
                limits.tokensPerMonth()
                        .filter(limit -> cost.tokens() > 0 && monthTokens + cost.tokens() > limit)
                        .map(limit ->
                                Refusal.ofMonth(
                                        limit,
                                        cost,
                                        Math.max(0, limit - monthTokens),
                                        untilNextMonth));
        return Refusal.later(Refusal.later(ofRequests, ofTokens), ofMonth);
    }

    /** How long a bucket takes to refill until this much is not more than it holds. */
    private static Duration wait(double wanted, long limit) {
        return Duration.ofNanos((long) Math.ceil((wanted - limit) / limit * PERIOD_NANOS));
    }
}

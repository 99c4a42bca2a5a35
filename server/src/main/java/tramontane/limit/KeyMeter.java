package tramontane.limit;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.EstimationProbe;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.Optional;
import tramontane.access.KeyLimits;

/**
 * The use of one key: a bucket for the requests of a minute and one for its tokens, which hold at
 * most the limit and refill evenly, and the number of running answers. All fields are guarded by
 * this object's monitor, held for a few instructions.
 */
final class KeyMeter {
    private static final Duration PERIOD = Duration.ofMinutes(1);

    private final TimeMeter time;
    private KeyLimits limits;
    private Optional<Bucket> requests;
    private Optional<Bucket> tokens;
    private long running;
    private Optional<Long> monthUsed = Optional.empty();

    KeyMeter(KeyLimits limits, TimeMeter time) {
        this.time = time;
        this.limits = limits;
        this.requests = limits.requestsPerMinute().map(limit -> bucket(limit, time));
        this.tokens = limits.tokensPerMinute().map(limit -> bucket(limit, time));
    }

    private static Bucket bucket(long limit, TimeMeter time) {
        return Bucket.builder()
                .addLimit(each -> each.capacity(limit).refillGreedy(limit, PERIOD))
                .withCustomTimePrecision(time)
                .build();
    }

    synchronized KeyLimits limits() {
        return limits;
    }

    /** Replaces the limits; what was used of the old ones counts for the new ones. */
    synchronized void change(KeyLimits changed) {
        if (!changed.equals(limits)) {
            requests =
                    changed(
                            requests,
                            limits.requestsPerMinute(),
                            changed.requestsPerMinute(),
                            time);
            tokens = changed(tokens, limits.tokensPerMinute(), changed.tokensPerMinute(), time);
            limits = changed;
        }
    }

    private static Optional<Bucket> changed(
            Optional<Bucket> before,
            Optional<Long> oldLimit,
            Optional<Long> newLimit,
            TimeMeter time) {
        Optional<Bucket> after = newLimit.map(limit -> bucket(limit, time));
        long used =
                before.map(bucket -> oldLimit.orElse(0L) - bucket.getAvailableTokens()).orElse(0L);
        take(after, used);
        return after;
    }

    /** Counts one more running answer, or says why there may be no more. */
    synchronized Optional<Refusal> enter() {
        Optional<Refusal> refusal = tooManyRunning(running + 1);
        if (refusal.isEmpty()) {
            running++;
        }
        return refusal;
    }

    /** Says why one of the running answers, which entered under other limits, may not go on. */
    synchronized Optional<Refusal> tooManyRunning() {
        return tooManyRunning(running);
    }

    private Optional<Refusal> tooManyRunning(long count) {
        return limits.concurrent().filter(limit -> count > limit).map(Refusal::ofRunning);
    }

    synchronized void leave() {
        running--;
    }

    /** Takes one request and its tokens from the minute, or nothing if they exceed it. */
    synchronized Optional<Refusal> take(Cost cost) {
        Optional<Refusal> refusal =
                Refusal.later(
                        missing(requests, 1)
                                .map(wait ->
                                        Refusal.ofRequests(
                                                limits.requestsPerMinute().orElseThrow(), wait)),
                        missing(tokens, cost.tokens())
                                .map(wait ->
                                        Refusal.ofTokens(
                                                limits.tokensPerMinute().orElseThrow(),
                                                cost,
                                                left(tokens.orElseThrow()),
                                                wait)));
        if (refusal.isEmpty()) {
            requests.ifPresent(bucket -> bucket.consumeIgnoringRateLimits(1));
            take(tokens, cost.tokens());
        }
        return refusal;
    }

    /** How long a bucket takes until it has this much; empty if it has it now. */
    private static Optional<Duration> missing(Optional<Bucket> bucket, long amount) {
        if (bucket.isEmpty() || amount == 0) {
            return Optional.empty();
        }
        EstimationProbe probe = bucket.get().estimateAbilityToConsume(amount);
        if (probe.canBeConsumed()) {
            return Optional.empty();
        }
        // The bucket rounds down.
        return Optional.of(Duration.ofNanos(probe.getNanosToWaitForRefill() + 1));
    }

    private static long left(Bucket bucket) {
        return Math.max(0, bucket.getAvailableTokens());
    }

    /** Gives back a request that was refused for another reason, and its tokens. */
    synchronized void untake(long cost) {
        requests.ifPresent(bucket -> bucket.addTokens(1));
        settle(cost, 0);
    }

    /** Counts a request that ended before it reserved anything, if there is room for it. */
    synchronized void countRequest() {
        requests.ifPresent(bucket -> bucket.tryConsume(1));
    }

    /** Replaces reserved tokens by those used; if more were used, the next minutes pay for them. */
    synchronized void settle(long reserved, long used) {
        if (used < reserved) {
            tokens.ifPresent(bucket -> bucket.addTokens(reserved - used));
        } else {
            take(tokens, used - reserved);
        }
    }

    private static void take(Optional<Bucket> bucket, long amount) {
        if (amount > 0) {
            bucket.ifPresent(each -> each.consumeIgnoringRateLimits(amount));
        }
    }

    /**
     * Remembers the tokens of the month, for {@link #use}.
     *
     * @param tokensUsed since the month began
     */
    synchronized void month(long tokensUsed) {
        monthUsed = Optional.of(tokensUsed);
    }

    synchronized KeyUse use() {
        return new KeyUse(
                requests.map(KeyMeter::left),
                tokens.map(KeyMeter::left),
                limits.tokensPerMonth()
                        .flatMap(limit -> monthUsed.map(used -> Math.max(0, limit - used))),
                running);
    }
}

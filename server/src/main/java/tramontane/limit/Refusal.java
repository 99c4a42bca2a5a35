package tramontane.limit;

import java.time.Duration;
import java.util.Optional;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;

/**
 * Why a request exceeds a limit.
 *
 * @param retryAfter after which the same request is within the limit; empty if it never is
 */
record Refusal(String message, Optional<Duration> retryAfter) {
    /** Nobody knows when an answer ends, so a client is asked to try again soon. */
    private static final Duration RUNNING_WAIT = Duration.ofSeconds(1);

    private static final String EXCEEDED = "Rate limit exceeded: this key ";

    static Refusal ofRunning(long limit) {
        return new Refusal(
                EXCEEDED + "may have " + limit + " requests answered at the same time.",
                Optional.of(RUNNING_WAIT));
    }

    static Refusal ofRequests(long limit, Duration wait) {
        return new Refusal(EXCEEDED + "has " + limit + " requests a minute.", Optional.of(wait));
    }

    static Refusal ofTokens(long limit, Cost cost, long left, Duration wait) {
        return new Refusal(tokens(limit, "minute", cost, left), Optional.of(wait));
    }

    static Refusal ofMonth(long limit, Cost cost, long left, Duration wait) {
        return new Refusal(tokens(limit, "month", cost, left), Optional.of(wait));
    }

    private static String tokens(long limit, String period, Cost cost, long left) {
        return EXCEEDED
                + "has "
                + limit
                + " tokens a "
                + period
                + "; this request reserves "
                + (cost.estimated() ? "about " : "")
                + cost.tokens()
                + " of them, and "
                + left
                + " are left.";
    }

    static ApiException databaseAway() {
        return new ApiException(
                ErrorCode.UNAVAILABLE, "the database that counts this key's limits cannot be used");
    }

    ApiException toException() {
        return retryAfter
                .map(after -> ApiException.busy(message, after))
                .orElseGet(() -> new ApiException(ErrorCode.RATE_LIMITED, message, "max_tokens"));
    }

    /** The one with the longer wait. */
    static Optional<Refusal> later(Optional<Refusal> one, Optional<Refusal> other) {
        if (one.isEmpty() || other.isEmpty()) {
            return one.or(() -> other);
        }
        return one.get().retryAfter.orElseThrow().compareTo(other.get().retryAfter.orElseThrow())
                        >= 0
                ? one
                : other;
    }
}

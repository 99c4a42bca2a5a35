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

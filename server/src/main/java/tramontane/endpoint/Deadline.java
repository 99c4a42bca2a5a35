package tramontane.endpoint;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.backend.Completion;

/** When an answer that takes too long is given up. */
final class Deadline {
    private final AnswerTimes times;
    private final long startNanos;
    private final LongSupplier nanos;
    private boolean hasToken;

    /**
     * @param startNanos when the request arrived
     */
    Deadline(AnswerTimes times, long startNanos, LongSupplier nanos) {
        this.times = times;
        this.startNanos = startNanos;
        this.nanos = nanos;
    }

    /** The error that ends the answer, if its time is over. */
    Optional<ApiException> passed(Completion completion) {
        long taken = nanos.getAsLong() - startNanos;
        if (taken > times.whole().toNanos()) {
            return Optional.of(error("the answer was not complete", times.whole(), "request"));
        }
        if (!hasToken && taken > times.firstToken().toNanos()) {
            // Events come later than tokens, for example while a stop string may be complete.
            hasToken = completion.metrics().progress().tokens() > 0;
            return hasToken
                    ? Optional.empty()
                    : Optional.of(
                            error("the answer did not start", times.firstToken(), "first-token"));
        }
        return Optional.empty();
    }

    private static ApiException error(String what, Duration time, String setting) {
        return new ApiException(
                ErrorCode.TIMEOUT,
                what
                        + " within "
                        + seconds(time)
                        + " s; the server's setting timeout."
                        + setting
                        + "-seconds allows no more");
    }

    private static String seconds(Duration time) {
        return time.toMillis() % 1000 == 0
                ? Long.toString(time.toSeconds())
                : Double.toString(time.toMillis() / 1000.0);
    }
}

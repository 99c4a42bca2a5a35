package tramontane.access;

import java.util.Optional;

/**
 * What one key may use. An absent limit does not apply.
 *
 * @param requestsPerMinute also the number of requests that may come at once
 * @param tokensPerMinute of prompts and answers; also the number that may be reserved at once
 * @param tokensPerMonth in one calendar month of UTC
 * @param concurrent requests that may be answered at the same time
 */
public record KeyLimits(
        Optional<Long> requestsPerMinute,
        Optional<Long> tokensPerMinute,
        Optional<Long> tokensPerMonth,
        Optional<Long> concurrent) {
    public static final KeyLimits NONE =
            new KeyLimits(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
}

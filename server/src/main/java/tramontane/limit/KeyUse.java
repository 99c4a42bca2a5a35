package tramontane.limit;

import java.util.Optional;

/**
 * What is left of a key's limits. Absent where there is no limit, or it is not known yet.
 *
 * @param running requests that are being answered
 */
public record KeyUse(
        Optional<Long> requestsLeft,
        Optional<Long> tokensLeft,
        Optional<Long> monthTokensLeft,
        long running) {}

package tramontane.bench;

import java.util.List;

/**
 * How long one load took once.
 *
 * @param tokens that were timed
 * @param firstSeconds from a request to its first token, one a stream
 * @param gapSeconds between a stream's tokens
 * @param drafts that were proposed and accepted; not among the tokens
 */
record Timing(
        int tokens,
        double seconds,
        List<Double> firstSeconds,
        List<Double> gapSeconds,
        int drafts) {
    double tokensPerSecond() {
        return tokens / seconds;
    }
}

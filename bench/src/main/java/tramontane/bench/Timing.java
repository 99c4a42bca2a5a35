package tramontane.bench;

import java.util.List;

/**
 * How long one load took once.
 *
 * @param tokens that were timed
 * @param firstSeconds from a request to its first token, one a stream
 * @param gapSeconds between a stream's tokens
 */
record Timing(int tokens, double seconds, List<Double> firstSeconds, List<Double> gapSeconds) {
    double tokensPerSecond() {
        return tokens / seconds;
    }
}

package tramontane.bench;

import java.util.List;

/**
 * The time of one run of a load.
 *
 * @param tokens number of tokens that were timed
 * @param firstSeconds from a request to its first token, one a stream
 * @param gapSeconds between a stream's tokens
 */
record Timing(int tokens, double seconds, List<Double> firstSeconds, List<Double> gapSeconds) {
    double tokensPerSecond() {
        return tokens / seconds;
    }
}

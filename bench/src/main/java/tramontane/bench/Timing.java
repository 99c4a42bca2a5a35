package tramontane.bench;

import java.util.List;

/**
 * The time of one run of a load.
 *
 * @param tokens number of tokens that were timed
 * @param coreSeconds processor time of the contestant during {@code seconds}, of all cores; NaN if
 *     it is not known
 * @param firstSeconds from a request to its first token, one a stream
 * @param gapSeconds between a stream's tokens
 */
record Timing(
        int tokens,
        double seconds,
        double coreSeconds,
        List<Double> firstSeconds,
        List<Double> gapSeconds) {
    double coreSecondsPer1000() {
        return coreSeconds / tokens * 1000;
    }

    double tokensPerSecond() {
        return tokens / seconds;
    }
}

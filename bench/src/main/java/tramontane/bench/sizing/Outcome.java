package tramontane.bench.sizing;

/**
 * What a simulation found, for the requests that arrived and were answered in its period.
 *
 * @param firstToken seconds from a request to its first token
 * @param response seconds from a request to the end of its answer
 * @param utilization the part of the time in which replicas had work
 * @param openRequests mean number of requests that wait or are answered
 * @param cachedShare the part of prompt tokens that the cache had
 */
public record Outcome(
        long requests,
        Times firstToken,
        Times response,
        Speed speed,
        double utilization,
        double openRequests,
        double cachedShare) {
    /**
     * Tokens per second.
     *
     * @param tokens of all answers together
     * @param stream of the median answer
     */
    public record Speed(double tokens, double stream) {}

    /** Seconds. */
    public record Times(double mean, double p50, double p95, double p99) {
        static Times of(LogHistogram histogram) {
            return new Times(
                    histogram.mean(),
                    histogram.quantile(0.5),
                    histogram.quantile(0.95),
                    histogram.quantile(0.99));
        }
    }

    /** What a million tokens of answers cost, at a price for an hour of one replica's node. */
    public double costOfMillion(int replicas, double pricePerHour) {
        return replicas * pricePerHour / (speed.tokens * 3600) * 1e6;
    }
}

package tramontane.bench.sizing;

/** Counts of positive values in buckets that are 1 % wide, so that quantiles need no list. */
final class LogHistogram {
    private static final double SMALLEST = 1e-6;
    private static final double LOG_WIDTH = Math.log(1.01);

    private final long[] counts = new long[3000];
    private long total;
    private double sum;

    void add(double value) {
        int bucket = (int) (Math.log(Math.max(value, SMALLEST) / SMALLEST) / LOG_WIDTH);
        counts[Math.min(bucket, counts.length - 1)]++;
        total++;
        sum += value;
    }

    long total() {
        return total;
    }

    double mean() {
        return total == 0 ? 0 : sum / total;
    }

    /** The middle of the bucket with the quantile; 0 without values. */
    double quantile(double share) {
        long rank = (long) Math.ceil(share * total);
        long seen = 0;
        for (int i = 0; i < counts.length && total > 0; i++) {
            seen += counts[i];
            if (seen >= rank) {
                return SMALLEST * Math.exp((i + 0.5) * LOG_WIDTH);
            }
        }
        return 0;
    }
}

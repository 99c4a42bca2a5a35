package tramontane.bench;

import java.util.List;

/** Order statistics. */
final class Statistics {
    private Statistics() {}

    static double median(List<Double> values) {
        return percentile(values, 50);
    }

    /** The percentile by nearest rank; NaN for an empty list. */
    static double percentile(List<Double> values, double percent) {
        if (values.isEmpty()) {
            return Double.NaN;
        }
        List<Double> sorted = values.stream().sorted().toList();
        if (percent == 50 && sorted.size() % 2 == 0) {
            int upper = sorted.size() / 2;
            return (sorted.get(upper - 1) + sorted.get(upper)) / 2;
        }
        int rank = (int) Math.ceil(percent / 100 * sorted.size());
        return sorted.get(Math.max(0, rank - 1));
    }
}

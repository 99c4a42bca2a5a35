package tramontane.engine;

/**
 * Whether a draft pays: whether the chance that it is accepted is worth the time its row takes. A
 * step takes some time whatever is in it, and more for each row; how much is learned from the steps
 * themselves, since it differs from model to model and machine to machine. Where rows are nearly
 * free, in a large model's answer alone, long drafts pay; among many answers, or where a step is
 * mostly arithmetic, only likely ones do. Engine thread only.
 *
 * <pre>
 * nanos of a step = base + row * rows      fitted to what was seen, later steps counting more
 * a draft pays    ⇔ chance / row > tokens expected / nanos
 * </pre>
 */
final class StepValue {
    /** What all earlier steps weigh when one more is seen. */
    private static final double FADE = 0.99;

    /** What a row costs beside a step of one row, before anything is known. */
    private static final double ROW_SHARE = 0.1;

    /** The weight of that: as much as some steps with a few rows more or less. */
    private static final double PRIOR = 20;

    /**
     * A step that took so many times what it should was interrupted, and counts as if it took this.
     */
    private static final double LATE = 2;

    private double weight;
    private double meanRows = 1;
    private double meanNanos = 1;
    private double spread;
    private double slope;

    private int rows;
    private double tokens;

    /**
     * A step that computed {@code rows} rows of answers and nothing else has taken {@code nanos}.
     */
    void learn(int rows, double nanos) {
        double counted = weight > 0 ? Math.min(nanos, LATE * nanos(rows)) : nanos;
        weight = FADE * weight + 1;
        double fromMean = rows - meanRows;
        meanRows += fromMean / weight;
        double late = counted - meanNanos;
        meanNanos += late / weight;
        spread = FADE * spread + fromMean * (rows - meanRows);
        slope = FADE * slope + fromMean * (counted - meanNanos);
    }

    /** Begins a step that gains a token for each of {@code answers}. */
    void begin(int answers) {
        rows = answers;
        tokens = answers;
    }

    /** Takes a draft with this chance into the step, if it pays. */
    boolean takes(double chance) {
        boolean pays = chance * nanos(rows) > rowNanos() * tokens;
        if (pays) {
            rows++;
            tokens += chance;
        }
        return pays;
    }

    private double rowNanos() {
        double prior = ROW_SHARE * meanNanos / (1 + ROW_SHARE * (meanRows - 1));
        double fitted = (slope + PRIOR * prior) / (spread + PRIOR);
        // The least keeps a draft without any chance out, and time does not run backwards.
        return Math.clamp(fitted, 0.01 * prior, meanNanos / Math.max(1, meanRows));
    }

    private double nanos(int rows) {
        return meanNanos + rowNanos() * (rows - meanRows);
    }
}

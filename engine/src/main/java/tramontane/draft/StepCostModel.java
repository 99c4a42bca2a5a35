package tramontane.draft;

/**
 * Decides whether a draft is worth its time: whether the probability that it is accepted outweighs
 * the time of its row. A step takes a constant time and an additional time for each row. Both
 * depend on model and machine, so they are fitted to the steps themselves by least squares with
 * exponential decay. Where rows are nearly free, as in a large model with one answer, long drafts
 * are worth it; with many answers, or where arithmetic dominates, only probable ones are. Engine
 * thread only.
 *
 * <pre>
 * nanos of a step = base + rowNanos * rows
 * a draft is worth it  ⇔  probability / rowNanos > expected tokens / nanos of the step
 * </pre>
 */
public final class StepCostModel {
    /** The decay of an engine's own steps, of which there are many. */
    private static final double DECAY = 0.99;

    /** Prior: the cost of a row, as a part of the cost of a step of one row. */
    private static final double PRIOR_ROW_COST = 0.1;

    /** The weight of the prior, in squared rows of deviation from the mean. */
    private static final double PRIOR_WEIGHT = 20;

    /** A step that took longer than this many times its estimate was interrupted; it is clipped. */
    private static final double MAX_DEVIATION = 2;

    private final double decay;

    // Weighted sums of the regression of nanos on rows.
    private double weight;
    private double meanRows = 1;
    private double meanNanos = 1;
    private double rowVariance;
    private double covariance;

    // The step being planned.
    private int rows;
    private double expectedTokens;

    /** Time that a draft model has taken for this step. */
    private double spentNanos;

    public StepCostModel() {
        this(DECAY);
    }

    /**
     * @param decay the weight of all earlier steps is multiplied by this at each new one
     */
    StepCostModel(double decay) {
        this.decay = decay;
    }

    /** Learns from a step that computed {@code rows} rows of answers and nothing else. */
    public void learn(int rows, double nanos) {
        double clipped = weight > 0 ? Math.min(nanos, MAX_DEVIATION * nanos(rows)) : nanos;
        weight = decay * weight + 1;
        double rowDeviation = rows - meanRows;
        meanRows += rowDeviation / weight;
        double nanosDeviation = clipped - meanNanos;
        meanNanos += nanosDeviation / weight;
        rowVariance = decay * rowVariance + rowDeviation * (rows - meanRows);
        covariance = decay * covariance + rowDeviation * (clipped - meanNanos);
    }

    /** Starts to plan a step that gains one token for each of {@code answers}. */
    public void startStep(int answers) {
        rows = answers;
        expectedTokens = answers;
        spentNanos = 0;
    }

    /** The tokens that the planned step probably gains. */
    double plannedTokens() {
        return expectedTokens;
    }

    /** The time that the planned step takes, without that of a draft model. */
    double plannedNanos() {
        return nanos(rows);
    }

    /** Counts time that a draft model takes before the step. */
    void spend(double nanos) {
        spentNanos += nanos;
    }

    /** Adds a draft of this probability to the step if it is worth its time. */
    boolean takes(double probability) {
        boolean worthIt = pays(probability, 0);
        if (worthIt) {
            rows++;
            expectedTokens += probability;
        }
        return worthIt;
    }

    /**
     * True if one more draft of this probability would be worth its time in the step.
     *
     * @param draftNanos time that drafting it takes, besides its row
     */
    boolean pays(double probability, double draftNanos) {
        return probability * (nanos(rows) + spentNanos)
                > (rowNanos() + draftNanos) * expectedTokens;
    }

    /** The additional time of a row. */
    double rowNanos() {
        double prior = PRIOR_ROW_COST * meanNanos / (1 + PRIOR_ROW_COST * (meanRows - 1));
        double fitted = (covariance + PRIOR_WEIGHT * prior) / (rowVariance + PRIOR_WEIGHT);
        // The minimum rejects drafts of no probability. The maximum keeps the base from being
        // negative.
        return Math.clamp(fitted, 0.01 * prior, meanNanos / Math.max(1, meanRows));
    }

    /** The time of a step of so many rows. */
    double nanos(int rows) {
        return meanNanos + rowNanos() * (rows - meanRows);
    }
}

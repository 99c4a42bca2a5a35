package tramontane.engine;

/**
 * How many prompt tokens a step may compute. A step cannot be interrupted, so whoever comes while
 * it runs waits for its end; and all answers under way wait for it. So a step is kept short: its
 * budget is what fits a bounded time, by what a row took in recent steps. Rows cost more behind a
 * long context, on a slow machine and in a large model. Engine thread only.
 */
final class StepBudget {
    /** How long a step may take while nothing but prompts is computed. */
    private static final double NANOS_MAX = 1e9;

    /** Likewise while answers are under way. */
    private static final double BUSY_NANOS_MAX = 0.4e9;

    /**
     * A budget is at least this part of the limit: in smaller steps, reading the weights dominates.
     */
    private static final int LEAST_PART = 4;

    private final EngineLimits limits;
    private double rowNanos;

    StepBudget(EngineLimits limits) {
        this.limits = limits;
    }

    /** The budget of the next step, with answers under way or without. */
    int tokens(boolean busy) {
        int most = busy ? limits.busyStepTokens() : limits.stepTokens();
        double fits = (busy ? BUSY_NANOS_MAX : NANOS_MAX) / rowNanos;
        return (int) Math.clamp(fits, Math.ceilDiv(most, LEAST_PART), most);
    }

    /** A step with prompt tokens among its rows took so long. */
    void learn(int rows, double nanos) {
        // One short prompt among long ones does not make the rows of the long ones faster.
        rowNanos = Math.max(nanos / rows, rowNanos / 2);
    }
}

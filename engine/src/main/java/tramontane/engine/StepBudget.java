package tramontane.engine;

/**
 * How many prompt tokens a step may compute. A step cannot be interrupted: new requests wait for
 * its end, and so do all answers in it. So the budget is what takes a bounded time, estimated from
 * the cost of a row in recent steps. Rows cost more with a long context, on a slow machine and in a
 * large model. Engine thread only.
 */
final class StepBudget {
    /** The time of a step that computes only prompts. */
    private static final double MAX_NANOS = 1e9;

    /** The time of a step that also continues answers. */
    private static final double MAX_BUSY_NANOS = 0.4e9;

    /**
     * A budget is at least the limit divided by this: in smaller steps, reading the weights
     * dominates.
     */
    private static final int MAX_REDUCTION = 4;

    private final EngineLimits limits;
    private double rowNanos;

    StepBudget(EngineLimits limits) {
        this.limits = limits;
    }

    /**
     * The budget of the next step.
     *
     * @param busy true when the step also continues answers
     */
    int tokens(boolean busy) {
        int max = busy ? limits.busyStepTokens() : limits.stepTokens();
        double fits = (busy ? MAX_BUSY_NANOS : MAX_NANOS) / rowNanos;
        return (int) Math.clamp(fits, Math.ceilDiv(max, MAX_REDUCTION), max);
    }

    /** Learns from a step that had prompt tokens among its rows. */
    void learn(int rows, double nanos) {
        // One step of a short prompt does not mean that the rows of a long one became cheaper.
        rowNanos = Math.max(nanos / rows, rowNanos / 2);
    }
}

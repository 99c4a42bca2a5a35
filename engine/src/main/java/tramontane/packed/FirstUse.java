package tramontane.packed;

import java.util.List;

/**
 * Weights that are not read before they are needed: the matrices of an expert. Their checksums are
 * compared at their first use. Any thread may do so; at worst two do it at the same time.
 */
public final class FirstUse {
    /** For weights that are in memory. */
    public static final FirstUse DONE = new FirstUse(List.of());

    /** Compares one checksum. */
    @FunctionalInterface
    interface Check {
        /**
         * @throws DamagedWeightsException if it is wrong
         */
        void run();
    }

    private final List<Check> checks;
    private volatile boolean done;

    FirstUse(List<Check> checks) {
        this.checks = List.copyOf(checks);
        done = checks.isEmpty();
    }

    public boolean isDone() {
        return done;
    }

    /**
     * Must be called before the weights are used.
     *
     * @throws DamagedWeightsException if they are damaged
     */
    public void begin() {
        if (!done) {
            checks.forEach(Check::run);
            done = true;
        }
    }
}

package tramontane.packed;

import java.util.List;

/**
 * Weights that are not read before they are needed: the matrices of an expert. Any thread may read
 * them; two that do so at the same time write the same bytes.
 */
public final class FirstUse {
    /** For weights that are in memory. */
    public static final FirstUse DONE = new FirstUse(List.of());

    /** Reads a part of a matrix. */
    @FunctionalInterface
    interface Reading {
        /**
         * @throws DamagedWeightsException if its checksum is wrong
         */
        void run();
    }

    private final List<Reading> readings;
    private volatile boolean done;

    FirstUse(List<Reading> readings) {
        this.readings = List.copyOf(readings);
        done = readings.isEmpty();
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
            readings.forEach(Reading::run);
            done = true;
        }
    }
}

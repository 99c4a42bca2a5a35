package tramontane.server;

import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** The faults of the settings, which are reported together. For one thread. */
final class Faults {
    /** One check. */
    @FunctionalInterface
    interface Check {
        void run() throws Complaint;
    }

    /** Reads what a setting means. */
    @FunctionalInterface
    interface Reading<T> {
        T read() throws Complaint;
    }

    private final Set<String> sentences = new LinkedHashSet<>();

    /** Runs a check; false if it has found a fault. */
    boolean check(Check check) {
        return read(
                        () -> {
                            check.run();
                            return true;
                        })
                .isPresent();
    }

    /** Reads a setting; empty if that has a fault. */
    <T> Optional<T> read(Reading<T> reading) {
        try {
            return Optional.of(reading.read());
        } catch (Complaint e) {
            sentences.add(String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    /**
     * Ends the check.
     *
     * @throws Complaint with a line for each fault, if there are any
     */
    void complain() throws Complaint {
        if (!sentences.isEmpty()) {
            throw new Complaint(String.join("\n", sentences));
        }
    }
}

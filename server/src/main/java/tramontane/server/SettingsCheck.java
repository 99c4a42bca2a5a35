package tramontane.server;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tramontane.backend.Machine;
import tramontane.config.Configuration;

/**
 * What {@code serve} refuses before it starts anything, beyond the ranges of single values. {@code
 * config --check} and a reload refuse the same.
 *
 * @param out for the progress of a check that reads a model's whole file
 */
record SettingsCheck(UserFiles files, Map<String, String> environment, PrintWriter out) {
    /** One check. */
    @FunctionalInterface
    private interface Check {
        void run() throws Complaint;
    }

    /**
     * Checks the settings against each other and against what they refer to.
     *
     * @throws Complaint with a line for each fault
     */
    void run(Configuration configuration) throws Complaint {
        complain(faults(configuration));
    }

    /**
     * As {@link #run}, and reads the headers of the models that are to be loaded at start.
     *
     * @param machine what is there for them
     */
    void runWithHeaders(Configuration configuration, Machine machine) throws Complaint {
        List<String> faults = faults(configuration);
        if (faults.isEmpty()) {
            attempt(
                    faults,
                    () ->
                            ServedModels.of(configuration, environment)
                                    .checkHeaders(machine, store(), out));
        }
        complain(faults);
    }

    private List<String> faults(Configuration configuration) {
        List<String> faults = new ArrayList<>();
        attempt(faults, () -> ListenAddress.of(configuration).checkHost());
        attempt(faults, () -> Tls.of(configuration));
        attempt(faults, () -> LedgerOptions.of(configuration).address().url(files, environment));
        attempt(faults, () -> TelemetryOptions.of(configuration).checkEndpoint());
        attempt(faults, () -> ServedModels.of(configuration, environment).check(store(), out));
        return faults;
    }

    private ModelStore store() throws Complaint {
        return ModelStore.of(files, environment);
    }

    private static void attempt(List<String> faults, Check check) {
        try {
            check.run();
        } catch (Complaint e) {
            faults.add(String.valueOf(e.getMessage()));
        }
    }

    private static void complain(List<String> faults) throws Complaint {
        if (!faults.isEmpty()) {
            throw new Complaint(String.join("\n", faults));
        }
    }
}

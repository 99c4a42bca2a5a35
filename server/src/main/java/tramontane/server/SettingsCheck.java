package tramontane.server;

import java.io.PrintWriter;
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
    /**
     * Checks the settings against each other and against what they refer to.
     *
     * @throws Complaint with a line for each fault
     */
    void run(Configuration configuration) throws Complaint {
        Faults faults = new Faults();
        boolean unused = check(configuration, faults);
        faults.complain();
    }

    /**
     * As {@link #run}, and reads the headers of the models that are to be loaded at start.
     *
     * @param machine what is there for them
     */
    void runWithHeaders(Configuration configuration, Machine machine) throws Complaint {
        Faults faults = new Faults();
        if (check(configuration, faults)) {
            faults.check(() ->
                    ServedModels.of(configuration, environment)
                            .checkHeaders(machine, store(), out));
        }
        faults.complain();
    }

    /** True if the settings of the models have no fault, so that their headers can be read. */
    private boolean check(Configuration configuration, Faults faults) {
        faults.check(() -> ListenAddress.of(configuration).checkHost());
        faults.check(() -> Tls.of(configuration));
        faults.check(() -> LedgerOptions.of(configuration).address().url(files, environment));
        faults.check(() -> TelemetryOptions.of(configuration).checkEndpoint());
        return faults.check(() -> ServedModels.of(configuration, environment).check(store(), out));
    }

    private ModelStore store() throws Complaint {
        return ModelStore.of(files, environment);
    }
}

package tramontane.server;

import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tramontane.backend.Backend;
import tramontane.catalog.Catalog;
import tramontane.ledger.Ledger;

/** Tells the ledger the SHA-256 sums of the model files, which may have to be read in full. */
final class ModelSumming {
    private static final Logger LOG = LoggerFactory.getLogger(ModelSumming.class);

    private ModelSumming() {}

    /** Starts a thread, so that nobody waits for the sum of a file of many gigabytes. */
    static void start(Backend backend, Ledger ledger, Catalog catalog) {
        Thread.ofPlatform()
                .daemon()
                .name("model-sum")
                .start(() -> {
                    backend.files().forEach((model, file) -> sum(model, file, ledger, catalog));
                });
    }

    private static void sum(String model, Path file, Ledger ledger, Catalog catalog) {
        try {
            ledger.modelSum(model, catalog.check().sum(file));
        } catch (IOException e) {
            LOG.warn("The ledger has no sum of the file of {}: {}", model, e.getMessage());
        }
    }
}

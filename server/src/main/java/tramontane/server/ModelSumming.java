package tramontane.server;

import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tramontane.api.ModelCard;
import tramontane.backend.Backend;
import tramontane.catalog.Catalog;
import tramontane.ledger.Ledger;

/**
 * Tells the ledger and gateways the SHA-256 sums of the models' files and those of their image
 * encoders, which may have to be read in full.
 */
record ModelSumming(
        Backend backend, Optional<Ledger> ledger, Fingerprints fingerprints, Catalog catalog) {
    private static final Logger LOG = LoggerFactory.getLogger(ModelSumming.class);

    /** Starts a thread, so that nobody waits for the sum of a file of many gigabytes. */
    Thread start() {
        return Thread.ofPlatform().daemon().name("model-sum").start(this::sum);
    }

    private void sum() {
        backend.models().forEach(this::sum);
    }

    private void sum(ModelCard card) {
        try {
            fingerprints
                    .read(backend, card, catalog.check()::sum)
                    .ifPresent(files -> ledger.ifPresent(each -> each.fileSums(card.id(), files)));
        } catch (IOException e) {
            LOG.warn("The files of {} have no sum: {}", card.id(), e.getMessage());
        }
    }
}

package tramontane.server;

import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import tramontane.config.Configuration;
import tramontane.config.Settings;
import tramontane.ledger.Ledger;
import tramontane.ledger.LedgerSettings;
import tramontane.store.StoreException;

/** The settings of {@code serve} about the ledger. */
record LedgerOptions(LedgerAddress address, boolean text, LedgerSettings.WhenFull whenFull) {
    static LedgerOptions of(Configuration configuration) {
        return new LedgerOptions(
                new LedgerAddress(configuration.get(Settings.LEDGER)),
                configuration.get(Settings.LEDGER_TEXT),
                LedgerSettings.WhenFull.valueOf(
                        configuration.get(Settings.LEDGER_FULL).toUpperCase(Locale.ROOT)));
    }

    /**
     * Starts the ledger. It goes on without a database that is not needed and cannot be opened.
     *
     * @throws Complaint if the user named a database that cannot be opened
     */
    Ledger start(SharedDatabase database, UserFiles files, InstantSource clock) throws Complaint {
        Ledger ledger =
                Ledger.start(
                        new LedgerSettings(
                                text,
                                whenFull,
                                database.isNeeded(),
                                Optional.ofNullable(files.ledger().getParent())),
                        database::await,
                        clock.millis());
        if (address.isGiven()) {
            // Said before the model is loaded.
            Optional<StoreException> failure = ledger.awaitOpen();
            if (failure.isPresent()) {
                throw new Complaint(String.valueOf(failure.get().getMessage()));
            }
        }
        return ledger;
    }
}

package tramontane.ledger;

import tramontane.store.Database;
import tramontane.store.DatabaseUrl;

/** Ledgers for tests of the packages above. */
public final class SmallLedger {
    private SmallLedger() {}

    /** A ledger that keeps so many rows in memory while its database cannot be written. */
    public static Ledger start(DatabaseUrl url, boolean keepsText, int maxRows) {
        return Ledger.start(
                new LedgerSettings(keepsText, LedgerSettings.WhenFull.REFUSE, true),
                maxRows,
                () -> Database.open(url),
                0);
    }
}

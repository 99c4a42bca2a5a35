package tramontane.ledger;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How the ledger is kept.
 *
 * @param keepsText whether the bodies of requests and answers are kept as well
 * @param whenFull what happens to requests while the database cannot be written and the memory for
 *     waiting rows is used up
 * @param folder for rows that a server of PostgreSQL does not take; with SQLite they are kept
 *     beside its file
 * @param required whether a database that cannot be opened is an error; otherwise the server goes
 *     on without a ledger
 */
public record LedgerSettings(
        boolean keepsText, WhenFull whenFull, boolean required, Optional<Path> folder) {
    /** Without a folder. */
    public LedgerSettings(boolean keepsText, WhenFull whenFull, boolean required) {
        this(keepsText, whenFull, required, Optional.empty());
    }

    /** What happens to requests when no row can be kept. */
    public enum WhenFull {
        /** New requests are refused, so no row is lost. */
        REFUSE,
        /** Requests are answered and leave no row. */
        DROP
    }
}

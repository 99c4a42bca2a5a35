package tramontane.server;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import tramontane.store.Database;
import tramontane.store.DatabaseUrl;
import tramontane.store.StoreException;

/**
 * The database of a server, which a thread opens while the model is loaded. Its ledger and its keys
 * share it.
 *
 * @param isNeeded false for a default database that is not there yet: a user with a read-only home
 *     directory did not ask for one, and it has no keys
 */
record SharedDatabase(FutureTask<Database> opening, boolean isNeeded) {
    /**
     * Begins to open the database of the settings; empty if they want none.
     *
     * @throws Complaint if its address is wrong
     */
    static Optional<SharedDatabase> open(
            LedgerAddress address, UserFiles files, Map<String, String> environment)
            throws Complaint {
        Optional<DatabaseUrl> url = address.url(files, environment);
        if (url.isEmpty()) {
            return Optional.empty();
        }
        boolean needed =
                address.isGiven()
                        || url.get() instanceof DatabaseUrl.Sqlite(Path file) && Files.exists(file);
        FutureTask<Database> opening = new FutureTask<>(() -> Database.open(url.get()));
        Thread.ofPlatform().daemon().name("tramontane-database").start(opening);
        return Optional.of(new SharedDatabase(opening, needed));
    }

    /** Waits until the database is open. */
    Database await() throws StoreException {
        try {
            return opening.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof StoreException known
                    ? known
                    : new StoreException("the database cannot be opened: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException("interrupted while the database was opened", e);
        }
    }

    /**
     * Waits until the database is open; empty if it is not needed and cannot be opened.
     *
     * @throws Complaint if it is needed and cannot be opened
     */
    Optional<Database> awaitIfNeeded() throws Complaint {
        try {
            return Optional.of(await());
        } catch (StoreException e) {
            if (isNeeded) {
                throw new Complaint(String.valueOf(e.getMessage()));
            }
            return Optional.empty();
        }
    }
}

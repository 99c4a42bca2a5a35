package tramontane.ledger;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tramontane.store.Database;
import tramontane.store.DatabaseUrl;
import tramontane.store.StoreException;

/**
 * Keeps a row for each request. Threads of requests add rows to a bounded queue; one thread opens
 * the database and writes them, as many at a time as there are. May be used by any thread except an
 * engine's.
 */
public final class Ledger implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Ledger.class);

    /** Rows that wait in memory while the database cannot be written: about 10 MB. */
    static final int MAX_ROWS = 10_000;

    /** Bytes of bodies that wait in memory, if bodies are kept. */
    private static final long MAX_TEXT_BYTES = 64L << 20;

    /**
     * How long the end of a finished answer waits for its row. A commit takes milliseconds; longer
     * only if the database is overloaded.
     */
    private static final Duration MAX_COMMIT_WAIT = Duration.ofSeconds(5);

    /** How long the last rows may take when the server ends. */
    public static final Duration MAX_CLOSE_WAIT = Duration.ofSeconds(10);

    /** Opens the database, on the ledger's thread. */
    @FunctionalInterface
    public interface Source {
        Database open() throws StoreException;
    }

    private final LedgerSettings settings;
    private final RowQueue queue;
    private final ModelSums sums = new ModelSums();
    private final CompletableFuture<Optional<StoreException>> opened = new CompletableFuture<>();
    private final Thread thread;

    private Ledger(LedgerSettings settings, int maxRows, Source source, long startedMillis) {
        this.settings = settings;
        this.queue = new RowQueue(maxRows, MAX_TEXT_BYTES);
        this.thread =
                Thread.ofPlatform()
                        .daemon()
                        .name("tramontane-ledger")
                        .unstarted(() -> run(source, startedMillis));
    }

    /**
     * Starts the ledger's thread. Rows may be added at once; they wait until the database is open.
     *
     * @param startedMillis since 1970
     */
    public static Ledger start(LedgerSettings settings, Source source, long startedMillis) {
        return start(settings, MAX_ROWS, source, startedMillis);
    }

    static Ledger start(LedgerSettings settings, int maxRows, Source source, long startedMillis) {
        Ledger ledger = new Ledger(settings, maxRows, source, startedMillis);
        ledger.thread.start();
        return ledger;
    }

    private void run(Source source, long startedMillis) {
        try {
            Database database = source.open();
            opened.complete(Optional.empty());
            RowReserve reserve =
                    new RowReserve(
                            queue,
                            reserveBase(database.url()).map(ReserveFile::open).orElse(List.of()));
            new LedgerWriter(queue, sums, database, reserve, startedMillis).run();
        } catch (StoreException e) {
            queue.turnOff();
            opened.complete(Optional.of(e));
            if (!settings.required()) {
                LOG.warn(
                        "No ledger is kept: {}. --ledger PATH names another place, --ledger none turns it off",
                        e.getMessage());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            LOG.error("The ledger's thread failed; no more rows are written", e);
            queue.fails("its thread failed");
            opened.complete(Optional.of(new StoreException("the database failed: " + e, e)));
        }
    }

    /** Where rows are kept that the database does not take: rows of two databases never mix. */
    private Optional<Path> reserveBase(DatabaseUrl url) {
        return switch (url) {
            case DatabaseUrl.Sqlite(Path file) ->
                    Optional.of(file.resolveSibling(file.getFileName() + ".reserve"));
            case DatabaseUrl.Postgres(String shown, _, _) ->
                    settings.folder()
                            .map(folder ->
                                    folder.resolve(
                                            "ledger-"
                                                    + UUID.nameUUIDFromBytes(shown.getBytes(UTF_8))
                                                    + ".reserve"));
        };
    }

    /** Waits until the database is open; returns why it could not be opened. */
    public Optional<StoreException> awaitOpen() {
        return opened.join();
    }

    public boolean keepsText() {
        return settings.keepsText();
    }

    /** False while new requests must be refused, because their rows could not be kept. */
    public boolean accepts() {
        return settings.whenFull() == LedgerSettings.WhenFull.DROP || !queue.isFull();
    }

    /**
     * Adds a row. For a finished answer, returns when the row is committed; earlier while the
     * database cannot be written.
     */
    public void add(LedgerRow row) {
        // Rows of requests that were accepted before the queue was full are never dropped unless
        // the operator allows it; their number is limited by that of open requests.
        long number = queue.add(row, settings.whenFull() == LedgerSettings.WhenFull.REFUSE);
        if (!row.isFinished()) {
            return;
        }
        try {
            if (!queue.awaitRemoved(number, MAX_COMMIT_WAIT)) {
                LOG.error(
                        "The ledger's database did not commit within {} s (another program may have locked it);"
                                + " answers do not wait for their rows until it does",
                        MAX_COMMIT_WAIT.toSeconds());
            }
        } catch (InterruptedException e) {
            // The row stays in the queue; the thread ends at its next wait.
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Makes the sums of a served model's files known; rows of this run get them also afterwards.
     */
    public void fileSums(String model, FileSums files) {
        sums.put(model, files);
        queue.wake();
    }

    /** Why rows cannot be written at present, for {@code /health}. */
    public Optional<String> trouble() {
        return queue.trouble();
    }

    /** Rows that are not in the database yet. */
    public int waitingRows() {
        return queue.size();
    }

    /** Writes what is in the queue, and ends the thread. */
    @Override
    public void close() throws InterruptedException {
        queue.close();
        if (!thread.join(MAX_CLOSE_WAIT)) {
            queue.ends(
                    "Up to "
                            + queue.size()
                            + " rows of the ledger are lost: the database does not answer.");
        }
    }

    /**
     * What became of rows that could not be written until it was closed. Not logged, since the JDK
     * closes its logs while the process ends.
     */
    public Optional<String> ending() {
        return queue.ending();
    }
}

package tramontane.server;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tramontane.access.FailedAttempts;
import tramontane.access.KeyRing;
import tramontane.access.KeyTable;
import tramontane.access.StoredKey;
import tramontane.api.FieldSet;
import tramontane.completion.Environment;
import tramontane.endpoint.Gate;
import tramontane.limit.MonthTable;
import tramontane.limit.RateLimits;
import tramontane.store.Database;

/**
 * The keys of a running server. A thread looks for changes of those in the database several times a
 * second, so a key that another process creates or revokes takes effect within a second.
 *
 * <p>If the database fails later, the keys known by then stay valid.
 */
final class KeyAccess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KeyAccess.class);
    static final Duration PERIOD = Duration.ofMillis(250);

    /** How often the last uses of keys are written: once in so many periods. */
    private static final int USES_PERIODS = 20;

    /** The look for changes must not wait long for another writer of the database. */
    private static final String SHORT_WAIT = "PRAGMA busy_timeout = 200";

    private final Optional<Database> database;
    private final Optional<MonthTable> months;
    private final KeyRing ring;
    private final RateLimits limits;
    private final Gate gate;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread =
            new Thread(
                    () -> {
                        try {
                            watch();
                        } catch (InterruptedException e) {
                            // Nobody interrupts this thread; if anyone does, it shall end.
                            Thread.currentThread().interrupt();
                        }
                    },
                    "tramontane-keys");

    // These belong to the thread, once it is started.
    private Optional<Connection> connection = Optional.empty();
    private long version = -1;
    private volatile boolean failing;

    private KeyAccess(
            Optional<Database> database,
            Optional<MonthTable> months,
            KeyRing ring,
            Environment environment) {
        this.database = database;
        this.ring = ring;
        this.months = months;
        this.limits = new RateLimits(environment.clock(), environment.nanos(), months);
        this.gate = new Gate(ring, new FailedAttempts(environment.nanos()), limits);
    }

    /**
     * Reads the keys of the database and starts to look for changes.
     *
     * @param database empty if there are no keys but those of the settings
     * @param given keys of the settings
     * @param admins keys of the settings that open administration
     */
    static KeyAccess open(
            Optional<Database> database,
            List<String> given,
            List<String> admins,
            Environment environment)
            throws Complaint {
        KeyRing ring = new KeyRing(given, admins, environment.clock());
        if (database.isEmpty()) {
            return new KeyAccess(database, Optional.empty(), ring, environment);
        }
        try {
            Optional<MonthTable> months = Optional.of(MonthTable.open(database.get()));
            KeyAccess access = new KeyAccess(database, months, ring, environment);
            access.look(database.get());
            access.thread.setDaemon(true);
            access.thread.start();
            return access;
        } catch (SQLException e) {
            throw new Complaint(
                    "cannot read the keys of " + database.get().url() + ": " + e.getMessage());
        }
    }

    Gate gate() {
        return gate;
    }

    /** Replaces the keys of the settings, without those that open administration. */
    void replaceGiven(List<String> keys) {
        ring.replaceGiven(keys);
    }

    /** Changes the fields that all requests may have. */
    void accept(FieldSet fields) {
        ring.accept(fields);
    }

    /** Why changes of the keys do not take effect at present. */
    Optional<String> trouble() {
        return failing
                ? Optional.of("the database of the keys fails; the log says why")
                : Optional.empty();
    }

    boolean asksForKey() {
        return ring.asksForKey();
    }

    private void watch() throws InterruptedException {
        int period = 0;
        while (!stop.await(PERIOD.toMillis(), TimeUnit.MILLISECONDS)) {
            boolean uses = ++period % USES_PERIODS == 0;
            attempt(() -> {
                look(database.orElseThrow());
                months.orElseThrow().maintain();
                if (uses) {
                    writeUses();
                }
            });
        }
        attempt(this::writeUses);
        attempt(this::disconnect);
    }

    /** Work with the database. */
    @FunctionalInterface
    private interface Work {
        void run() throws SQLException;
    }

    private void attempt(Work work) {
        try {
            work.run();
            failing = false;
        } catch (SQLException e) {
            if (!failing) {
                LOG.error(
                        "The database of the keys fails; the keys known stay valid: {}",
                        e.getMessage());
            }
            failing = true;
            closeBroken();
        }
    }

    private void closeBroken() {
        try {
            disconnect();
        } catch (SQLException e) {
            LOG.debug("A broken connection could not be closed: {}", e.getMessage());
        }
        connection = Optional.empty();
    }

    private void look(Database from) throws SQLException {
        if (from.isReplaced()) {
            throw new SQLException(
                    "its file was removed or replaced; start the server again to use the new one");
        }
        if (connection.isEmpty()) {
            connection = Optional.of(from.connect());
            if (!from.isPostgres()) {
                try (Statement wait = connection.get().createStatement()) {
                    wait.execute(SHORT_WAIT);
                }
            }
        }
        KeyTable table = new KeyTable(connection.get());
        // Read before the keys: a change in between raises it, and is seen the next time.
        long now = table.version();
        if (now != version) {
            List<StoredKey> keys = table.all();
            ring.replace(keys);
            limits.keepOnly(keys.stream().map(StoredKey::id).collect(Collectors.toSet()));
            version = now;
        }
    }

    private void writeUses() throws SQLException {
        Map<String, Long> used = ring.takeUsed();
        if (!used.isEmpty() && connection.isPresent()) {
            new KeyTable(connection.get()).used(used);
        }
    }

    private void disconnect() throws SQLException {
        if (connection.isPresent()) {
            connection.get().close();
        }
    }

    @Override
    public void close() throws InterruptedException {
        stop.countDown();
        if (database.isPresent()) {
            thread.join();
        }
        months.ifPresent(table -> attempt(table::close));
    }
}

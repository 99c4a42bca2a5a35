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
import tramontane.limit.GatewayStatus;
import tramontane.limit.MonthTable;
import tramontane.limit.RateLimits;
import tramontane.limit.SharedLimits;
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

    /** A database that does not answer for so long is connected to anew. */
    private static final Duration MAX_WAIT = Duration.ofSeconds(2);

    /** The look for changes must not wait long for another writer of the database. */
    private static final String SHORT_WAIT = "PRAGMA busy_timeout = 200";

    private final Optional<Database> database;
    private final Counts counts;
    private final KeyRing ring;
    private final RateLimits limits;
    private final Gate gate;
    private final Optional<GatewayThread> gateway;
    private final Pause pause;
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

    /** Waits between two looks at the database. */
    @FunctionalInterface
    interface Pause {
        Pause TIMED = (stop, time) -> stop.await(time.toMillis(), TimeUnit.MILLISECONDS);

        /** True if there is no further look, because the server stops. */
        boolean isLast(CountDownLatch stop, Duration time) throws InterruptedException;
    }

    /**
     * What counts the use of keys in the database.
     *
     * @param months for a database of one process
     * @param shared for one that several servers may use
     */
    private record Counts(Optional<MonthTable> months, Optional<SharedLimits> shared) {
        static final Counts NONE = new Counts(Optional.empty(), Optional.empty());

        static Counts open(Database database, Environment environment) throws SQLException {
            return database.isPostgres()
                    ? new Counts(
                            Optional.empty(),
                            Optional.of(SharedLimits.open(database, environment.random())))
                    : new Counts(Optional.of(MonthTable.open(database)), Optional.empty());
        }

        RateLimits limits(Environment environment) {
            return shared.map(
                            each -> new RateLimits(environment.clock(), environment.nanos(), each))
                    .orElseGet(
                            () -> new RateLimits(environment.clock(), environment.nanos(), months));
        }
    }

    private KeyAccess(
            Optional<Database> database,
            Counts counts,
            KeyRing ring,
            Environment environment,
            Pause pause) {
        this.database = database;
        this.pause = pause;
        this.ring = ring;
        this.counts = counts;
        this.limits = counts.limits(environment);
        this.gateway =
                counts.shared.map(each -> new GatewayThread(each, this::writeUsesOfPostgres));
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
        return open(database, given, admins, environment, Pause.TIMED);
    }

    /**
     * @param pause before each look for changes
     */
    static KeyAccess open(
            Optional<Database> database,
            List<String> given,
            List<String> admins,
            Environment environment,
            Pause pause)
            throws Complaint {
        KeyRing ring = new KeyRing(given, admins, environment.clock());
        if (database.isEmpty()) {
            return new KeyAccess(database, Counts.NONE, ring, environment, pause);
        }
        try {
            Counts counts = Counts.open(database.get(), environment);
            KeyAccess access = new KeyAccess(database, counts, ring, environment, pause);
            access.look(database.get());
            access.thread.setDaemon(true);
            access.thread.start();
            access.gateway.ifPresent(GatewayThread::start);
            return access;
        } catch (SQLException e) {
            throw new Complaint(
                    "cannot read the keys of " + database.get().url() + ": " + e.getMessage());
        }
    }

    /** What is known of other servers with the same database. */
    GatewayStatus gateways() {
        return counts.shared.map(SharedLimits::status).orElse(GatewayStatus.ALONE);
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
        return failing || gateway.filter(GatewayThread::isFailing).isPresent()
                ? Optional.of("the database of the keys fails; the log says why")
                : Optional.empty();
    }

    boolean asksForKey() {
        return ring.asksForKey();
    }

    private void watch() throws InterruptedException {
        int period = 0;
        while (!pause.isLast(stop, PERIOD)) {
            boolean uses = ++period % USES_PERIODS == 0;
            attempt(() -> {
                look(database.orElseThrow());
                if (counts.months.isPresent()) {
                    counts.months.get().maintain();
                    if (uses) {
                        writeUses();
                    }
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
            connection = Optional.of(from.connect(MAX_WAIT));
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
        if (connection.isPresent()) {
            writeUses(connection.get());
        }
    }

    private void writeUses(Connection on) throws SQLException {
        Map<String, Long> used = ring.takeUsed();
        try {
            new KeyTable(on).used(used);
        } catch (SQLException e) {
            ring.keepUsed(used);
            throw e;
        }
    }

    /**
     * Called by another thread than the one that looks for revoked keys, which never waits for a
     * row that someone else has locked.
     */
    private void writeUsesOfPostgres() throws SQLException {
        try (Connection own = database.orElseThrow().connect(MAX_WAIT)) {
            writeUses(own);
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
        if (gateway.isPresent()) {
            gateway.get().close();
        }
        if (database.isPresent()) {
            thread.join();
        }
        counts.months.ifPresent(table -> attempt(table::close));
    }
}

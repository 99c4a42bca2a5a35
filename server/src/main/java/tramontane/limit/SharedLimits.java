package tramontane.limit;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tramontane.access.KeyLimits;
import tramontane.store.Connections;
import tramontane.store.Database;
import tramontane.store.Statements;

/**
 * The limits that all servers (gateways) of one PostgreSQL database share, and the lease of this
 * one. Threads of requests reserve and settle with one statement each; a thread of its own calls
 * {@link #maintain}, which renews the lease, frees what dead gateways have reserved, and repeats
 * what failed.
 */
public final class SharedLimits implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SharedLimits.class);

    /** So long after its last sign of life a gateway counts as dead. */
    public static final Duration LEASE = Duration.ofSeconds(10);

    /** A lease is renewed so many times until it would end. */
    private static final int RENEWALS = 10;

    /** How long a gateway that was stopped finds its reservations again. */
    private static final Duration REMEMBERED = Duration.ofDays(1);

    /** A reservation is refused only for a reason that can be named, which others may change. */
    private static final int MAX_ATTEMPTS = 4;

    /** How long the thread that renews the lease waits for a row that someone else has locked. */
    private static final Duration LOCK_WAIT = Duration.ofMillis(500);

    /** It waits for so many keys in a row: a part of the lease. */
    private static final int MAX_LOCKED = 4;

    /** PostgreSQL's code for the end of that wait. */
    private static final String LOCKED = "55P03";

    /** Beyond this many, settlements are not repeated: these answers then count as unused. */
    private static final int MAX_UNSETTLED = 100_000;

    /**
     * What became of a reservation.
     *
     * @param count the use, with the reservation if it is held
     */
    record Outcome(Reservation reservation, SharedCount count) {}

    private final Database database;
    private final Connections connections;
    private final Duration lease;
    private final RandomGenerator random;
    private final String gatewayId;
    private final Set<String> open = ConcurrentHashMap.newKeySet();
    private final Map<String, UseTable.Entry> unsettled = new ConcurrentHashMap<>();
    private volatile GatewayStatus status = GatewayStatus.ALONE;

    // These belong to the thread that calls maintain.
    private Optional<Connection> connection = Optional.empty();
    private long renewedNanos;
    private long steadyNanos;

    private SharedLimits(
            Database database, Duration lease, Duration maxWait, RandomGenerator random) {
        this.database = database;
        this.random = random;
        this.gatewayId = newId();
        this.connections = new Connections(database, maxWait);
        this.lease = lease;
        this.steadyNanos = System.nanoTime();
        this.renewedNanos = steadyNanos - lease.toNanos();
    }

    /**
     * Takes a lease in the database.
     *
     * @param random for ids that no other server has; may be used by any thread
     */
    public static SharedLimits open(Database database, RandomGenerator random) throws SQLException {
        return open(database, LEASE, Connections.MAX_WAIT, random);
    }

    static SharedLimits open(
            Database database, Duration lease, Duration maxWait, RandomGenerator random)
            throws SQLException {
        SharedLimits limits = new SharedLimits(database, lease, maxWait, random);
        limits.maintain();
        return limits;
    }

    private String newId() {
        return new UUID(random.nextLong(), random.nextLong()).toString();
    }

    /** What is known of the gateways. */
    public GatewayStatus status() {
        return status;
    }

    private synchronized void update(UnaryOperator<GatewayStatus> change) {
        status = change.apply(status);
    }

    /** True while the database cannot be used. */
    boolean isAway() {
        return status.awaySinceNanos().isPresent();
    }

    /**
     * Reserves in the database.
     *
     * @throws SQLTransientException if too many requests do so at once
     * @throws SQLException if the database cannot be used
     */
    Outcome reserve(UseTable.Entry entry) throws SQLException {
        // Before it is sent, so that its row is never taken for one that nobody settles.
        open.add(entry.id());
        boolean held = false;
        try {
            Outcome outcome = work(on -> reserve(on, entry));
            held = outcome.reservation instanceof Reservation.Held;
            return outcome;
        } finally {
            if (!held) {
                open.remove(entry.id());
            }
        }
    }

    /** Only {@link #maintain} tries whether the database is back, so that requests do not wait. */
    private <T> T work(Connections.Work<T> work) throws SQLException {
        if (isAway()) {
            throw new SQLException("the database " + database.url() + " is away");
        }
        return connections.with(work);
    }

    private Outcome reserve(Statements on, UseTable.Entry entry) throws SQLException {
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            Optional<SharedCount> taken = UseTable.reserve(on, entry);
            if (taken.isPresent()) {
                return new Outcome(new Reservation.Held.Shared(entry), taken.get());
            }
            UseTable.State state = UseTable.state(on, entry);
            if (!state.leased()) {
                boolean unused = GatewayTable.renew(on, gatewayId, lease);
            } else if (state.count().isEmpty()) {
                UseTable.add(on, entry.keyId());
            } else {
                SharedCount count = state.count().get();
                Optional<Refusal> refusal =
                        count.refusal(entry.limits(), entry.cost(), state.untilNextMonth());
                if (refusal.isPresent()) {
                    return new Outcome(new Reservation.Refused(refusal.get()), count);
                }
            }
        }
        throw new SQLTransientException(
                "the limits of a key changed " + MAX_ATTEMPTS + " times during one reservation");
    }

    /** An entry for a new reservation of this gateway. */
    UseTable.Entry entry(String keyId, KeyLimits limits, Cost cost) {
        return new UseTable.Entry(newId(), gatewayId, keyId, limits, cost, cost.tokens());
    }

    /** Settles a reservation; if that fails, it is done once the database works again. */
    Optional<SharedCount> settle(UseTable.Entry entry) {
        try {
            Optional<SharedCount> count = work(on -> UseTable.settle(on, entry));
            open.remove(entry.id());
            return count;
        } catch (SQLException e) {
            settleLater(entry);
            return Optional.empty();
        }
    }

    /** Leaves a settlement to {@link #maintain}. */
    void settleLater(UseTable.Entry entry) {
        if (unsettled.size() < MAX_UNSETTLED) {
            unsettled.put(entry.id(), entry);
        }
        open.remove(entry.id());
    }

    /** Counts a request that has no reservation; empty if that was not possible. */
    Optional<SharedCount> count(UseTable.Entry entry) {
        try {
            return work(on -> UseTable.count(on, entry));
        } catch (SQLException e) {
            return Optional.empty();
        }
    }

    /** The use of all keys; nothing while the database is away. */
    Map<String, SharedCount> counts() {
        try {
            return work(UseTable::all);
        } catch (SQLException e) {
            return Map.of();
        }
    }

    /**
     * The database cannot be used. A statement of a request that takes too long does not show that:
     * if this server then granted its part of a limit while others use the database, more than the
     * limit would be granted.
     */
    private void fails(SQLException cause) {
        if (!isAway()) {
            LOG.error(
                    "The database that counts the limits of all servers cannot be used; limits of a minute and of"
                            + " concurrent requests are counted here meanwhile: {}",
                    cause.getMessage());
        }
        long now = System.nanoTime();
        update(each -> each.away(now));
    }

    /**
     * Does what is due; called several times a second by one thread. Only the renewal of the lease
     * decides whether the database is away: any other statement may wait for a row that someone has
     * locked, and is repeated.
     */
    public void maintain() throws SQLException {
        boolean renewed;
        try {
            Statements on = connected()::prepareStatement;
            renewed = isAway() || System.nanoTime() - renewedNanos >= lease.toNanos() / RENEWALS;
            if (renewed) {
                renew(on);
            }
        } catch (SQLException e) {
            fails(e);
            connections.discardIdle();
            disconnect();
            throw e;
        }
        try {
            look(renewed);
        } catch (SQLException e) {
            if (connection.isPresent() && connection.get().isClosed()) {
                disconnect();
            }
            throw e;
        }
    }

    /** What others have done, and what this gateway has left undone. */
    private void look(boolean renewed) throws SQLException {
        if (isAway()) {
            // After a restart of the database, those that nobody used yet are broken as well.
            connections.discardIdle();
            connections.fill();
            LOG.warn("The limits of all servers are counted in the database again");
            update(GatewayStatus::back);
        }
        Statements on = connected()::prepareStatement;
        settleLate(on);
        if (renewed) {
            takeBack(on);
            int living = GatewayTable.living(on);
            update(each -> each.with(living));
            abandonUnknown(on);
            if (System.nanoTime() - steadyNanos >= lease.toNanos()) {
                takeOver(on);
            }
        }
        connections.fill();
    }

    private void renew(Statements on) throws SQLException {
        long now = System.nanoTime();
        if (now - renewedNanos > lease.toNanos() / 2) {
            // After an absence of the database all leases have ended. The others get the time to
            // renew theirs before this gateway takes them for dead.
            steadyNanos = now;
        }
        boolean unused = GatewayTable.renew(on, gatewayId, lease);
        renewedNanos = now;
    }

    private void takeBack(Statements on) throws SQLException {
        int back = GatewayTable.takeBack(on, gatewayId);
        if (back > 0) {
            LOG.warn(
                    "The lease of this server had ended, and others had freed {} of its reservations; they count again",
                    back);
        }
    }

    private void takeOver(Statements on) throws SQLException {
        int ended = GatewayTable.end(on);
        int freed = GatewayTable.free(on);
        if (ended > 0 || freed > 0) {
            LOG.warn(
                    "The leases of {} servers have ended; {} reservations without a server are freed",
                    ended,
                    freed);
            update(each -> each.tookOver(ended));
        }
        GatewayTable.forget(on, REMEMBERED);
    }

    /** Reservations whose statement took effect after its request had given up. */
    private void abandonUnknown(Statements on) throws SQLException {
        for (String id : GatewayTable.reservations(on, gatewayId)) {
            if (!open.contains(id) && !unsettled.containsKey(id)) {
                GatewayTable.abandon(on, id);
            }
        }
    }

    /** A key whose row someone has locked is left out, so that others need not wait for it. */
    private void settleLate(Statements on) throws SQLException {
        Set<String> locked = new HashSet<>();
        for (UseTable.Entry entry : unsettled.values()) {
            if (locked.size() == MAX_LOCKED) {
                return;
            }
            if (locked.contains(entry.keyId())) {
                continue;
            }
            try {
                UseTable.settle(on, entry);
                unsettled.remove(entry.id());
            } catch (SQLException e) {
                if (!LOCKED.equals(e.getSQLState())) {
                    throw e;
                }
                locked.add(entry.keyId());
            }
        }
    }

    private Connection connected() throws SQLException {
        if (connection.isEmpty()) {
            Connection fresh = database.connect(Connections.CONNECT_WAIT);
            connection = Optional.of(fresh);
            try (Statement wait = fresh.createStatement()) {
                wait.execute("SET lock_timeout = " + LOCK_WAIT.toMillis());
            }
        }
        return connection.get();
    }

    private void disconnect() throws SQLException {
        Optional<Connection> broken = connection;
        connection = Optional.empty();
        if (broken.isPresent()) {
            broken.get().abort(Runnable::run);
        }
    }

    /** Settles what is left and ends the lease, if the database can be used. */
    @Override
    public void close() throws SQLException {
        connections.close();
        if (connection.isPresent()) {
            try (Connection last = connection.get()) {
                settleLate(last::prepareStatement);
                GatewayTable.leave(last::prepareStatement, gatewayId);
            }
        }
    }
}

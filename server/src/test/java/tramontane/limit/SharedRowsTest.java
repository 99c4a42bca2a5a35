package tramontane.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tramontane.access.Access;
import tramontane.access.KeyLimits;
import tramontane.access.KeyRing;
import tramontane.api.ApiException;
import tramontane.backend.Caller;
import tramontane.backend.TokenBudget.Demand;
import tramontane.store.Database;
import tramontane.store.DatabaseUrl;
import tramontane.store.PostgresServer;
import tramontane.store.Rows;

/** The rows of keys in a real PostgreSQL: that others lock them, their storage, their clock. */
class SharedRowsTest {
    private static final KeyLimits MONTH =
            new KeyLimits(Optional.empty(), Optional.empty(), Optional.of(1000L), Optional.empty());

    private final KeyRing keys = new KeyRing(List.of("any"), List.of(), InstantSource.system());
    private DatabaseUrl url;
    private Database database;
    private SharedLimits shared;
    private RateLimits limits;

    @BeforeEach
    void open() throws Exception {
        PostgresServer server = PostgresServer.get();
        url = DatabaseUrl.parse(server.newDatabase(), server.environment());
        database = Database.open(url);
        // So long that a busy machine does not count as a database that is away.
        shared =
                SharedLimits.open(
                        database, SharedLimits.LEASE, Duration.ofSeconds(20), new SecureRandom());
        // A clock that is wrong by years.
        limits = new RateLimits(InstantSource.fixed(Instant.EPOCH), System::nanoTime, shared);
    }

    @AfterEach
    void close() throws SQLException {
        shared.close();
    }

    private Allowance running(String key) throws ApiException {
        Allowance allowance =
                new Allowance(
                        new Access.Granted(new Caller(key), false, MONTH, "sum"),
                        keys,
                        limits,
                        (name, value) -> {});
        allowance.enter();
        allowance.reserve(new Demand(1, 1, 99, true));
        return allowance;
    }

    private Connection locking(String which) throws SQLException {
        Connection connection = database.connect();
        connection.setAutoCommit(false);
        try (Statement lock = connection.createStatement()) {
            lock.execute("SELECT 1 FROM key_use WHERE " + which + " FOR UPDATE");
        }
        return connection;
    }

    private long number(String sql) throws Exception {
        return Long.parseLong(
                Rows.of(url, sql).getFirst().values().stream().findFirst().orElseThrow());
    }

    private long used(String key) throws Exception {
        return number("SELECT month_tokens FROM key_use WHERE key_id = '" + key + "'");
    }

    private void awaitUsed(String key, long tokens) throws Exception {
        while (used(key) != tokens) {
            try {
                shared.maintain();
            } catch (SQLException e) {
                // Repeated, as its thread does.
                Thread.sleep(10);
            }
        }
    }

    @Test
    void settlementsOfALockedRowLeaveConnectionsToOtherKeys() throws Exception {
        List<Allowance> running = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            running.add(running("key_1"));
        }
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
                Connection other = locking("key_id = 'key_1'")) {
            running.forEach(each -> clients.submit(() -> each.settle(5)));
            String waiting =
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                            + " AND datname = current_database()";
            while (number(waiting) < 2) {
                Thread.sleep(10);
            }
            // All others that may take a connection have got one by then.
            Thread.sleep(200);
            running("key_2").close();
            other.rollback();
        }
        awaitUsed("key_1", 8 * 5);
    }

    @Test
    void aLockedRowDoesNotKeepSettlementsOfOtherKeys() throws Exception {
        List<UseTable.Entry> entries = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            UseTable.Entry entry = shared.entry("key_" + i, MONTH, new Cost(1, 100, true));
            assertThat(shared.reserve(entry).reservation()).isInstanceOf(Reservation.Held.class);
            entries.add(entry);
        }
        try (Connection other = locking("key_id = 'key_0'")) {
            entries.forEach(each -> shared.settleLater(each.settledWith(MONTH, 5)));
            for (int i = 1; i < 8; i++) {
                awaitUsed("key_" + i, 5);
            }
            assertThat(used("key_0")).isEqualTo(100);
            other.rollback();
        }
        awaitUsed("key_0", 5);
    }

    @Test
    void theWaitForTheNextMonthIsOfTheDatabasesClock() throws Exception {
        for (int i = 0; i < 10; i++) {
            Allowance unused = running("key_1");
        }
        Duration before = untilNextMonth();
        ApiException refused = catchThrowableOfType(ApiException.class, () -> running("key_1"));
        Duration after = untilNextMonth();
        Duration second = Duration.ofSeconds(1);
        if (after.compareTo(before) < 0) {
            assertThat(refused.retryAfter().orElseThrow())
                    .isBetween(after.minus(second), before.plus(second));
        }
    }

    private static Duration untilNextMonth() {
        Instant now = Instant.now();
        return Duration.between(
                now,
                YearMonth.from(now.atZone(ZoneOffset.UTC))
                        .plusMonths(1)
                        .atDay(1)
                        .atStartOfDay(ZoneOffset.UTC)
                        .toInstant());
    }

    /** Then new versions need no entry in the index, and the index does not grow. */
    @Test
    void aPageHasRoomForSeveralVersionsOfItsRows() throws Exception {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "INSERT INTO key_use (key_id, requests, tokens, at_us, month, month_tokens, running)"
                            + " SELECT 'key_' || i, 0, 0, 0, 0, 0, 0 FROM generate_series(1, 200) i");
            // No version of this transaction can be removed before its end.
            connection.setAutoCommit(false);
            statement.execute("UPDATE key_use SET requests = requests + 1");
            statement.execute("UPDATE key_use SET requests = requests + 1");
            try (ResultSet counts =
                    statement.executeQuery(
                            "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables"
                                    + " WHERE relname = 'key_use'")) {
                assertThat(counts.next()).isTrue();
                assertThat(counts.getLong(1)).isEqualTo(400);
                assertThat(counts.getLong(2)).isEqualTo(400);
            }
            connection.rollback();
        }
    }
}

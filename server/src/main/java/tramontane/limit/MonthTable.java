package tramontane.limit;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import tramontane.store.Database;

/**
 * The tokens that keys have used in a month, in a database of SQLite: they survive a restart. A
 * reservation is one statement, so that it holds among all processes on the file. With PostgreSQL
 * all limits are in the database: {@link SharedLimits}.
 *
 * <p>One connection, guarded by a lock. Requests use it while they hold a turn to parse, so they
 * never wait long: statements have short limits, and a connection that fails is replaced by {@link
 * #maintain}, which another thread calls. Until then reservations fail at once, and corrections are
 * kept.
 */
public final class MonthTable implements AutoCloseable {
    private static final int MAX_WAIT_MILLIS = 500;

    private static final String RESERVE =
            "INSERT INTO key_month (key_id, month, tokens) VALUES (?, ?, ?)"
                    + " ON CONFLICT (key_id, month) DO UPDATE SET tokens = key_month.tokens + excluded.tokens"
                    + " WHERE key_month.tokens + excluded.tokens <= ? RETURNING tokens";

    private static final String SETTLE =
            "UPDATE key_month SET tokens = tokens + ? WHERE key_id = ? AND month = ?"
                    + " RETURNING tokens";

    private static final String USED =
            "SELECT tokens FROM key_month WHERE key_id = ? AND month = ?";

    /** A key in one month; {@code month} is year * 100 + month. */
    record Page(String keyId, int month) {}

    /** Work with a connection. */
    @FunctionalInterface
    private interface Work {
        OptionalLong with(Connection connection) throws SQLException;
    }

    private final Database database;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Page, Long> unsettled = new HashMap<>();
    private Optional<Connection> open = Optional.empty();

    private MonthTable(Database database) {
        this.database = database;
    }

    public static MonthTable open(Database database) throws SQLException {
        MonthTable table = new MonthTable(database);
        table.maintain();
        return table;
    }

    /** Connects if there is no connection, and writes the corrections that could not be written. */
    public void maintain() throws SQLException {
        lock.lock();
        try {
            if (open.isEmpty()) {
                open = Optional.of(connect());
            }
            for (Page page : List.copyOf(unsettled.keySet())) {
                settle(open.get(), page, unsettled.getOrDefault(page, 0L));
                unsettled.remove(page);
            }
        } catch (SQLException e) {
            closeNow();
            throw e;
        } finally {
            lock.unlock();
        }
    }

    private Connection connect() throws SQLException {
        Connection connection = database.connect();
        try (Statement wait = connection.createStatement()) {
            wait.execute("PRAGMA busy_timeout = " + MAX_WAIT_MILLIS);
        }
        return connection;
    }

    /** Adds tokens if the sum stays within the limit; returns the sum, or empty if it does not. */
    OptionalLong reserve(Page page, long tokens, long limit) throws SQLException {
        if (tokens > limit) {
            return OptionalLong.empty();
        }
        return work(connection -> {
            try (PreparedStatement reserve = connection.prepareStatement(RESERVE)) {
                reserve.setString(1, page.keyId);
                reserve.setInt(2, page.month);
                reserve.setLong(3, tokens);
                reserve.setLong(4, limit);
                return number(reserve);
            }
        });
    }

    /**
     * Corrects a reservation; returns the new sum. If it fails, the correction is written later.
     */
    OptionalLong settle(Page page, long difference) throws SQLException {
        try {
            return work(connection -> settle(connection, page, difference));
        } catch (SQLException e) {
            lock.lock();
            try {
                unsettled.merge(page, difference, Long::sum);
            } finally {
                lock.unlock();
            }
            throw e;
        }
    }

    private static OptionalLong settle(Connection connection, Page page, long difference)
            throws SQLException {
        try (PreparedStatement settle = connection.prepareStatement(SETTLE)) {
            settle.setLong(1, difference);
            settle.setString(2, page.keyId);
            settle.setInt(3, page.month);
            return number(settle);
        }
    }

    long used(Page page) throws SQLException {
        return work(
                        connection -> {
                            try (PreparedStatement used = connection.prepareStatement(USED)) {
                                used.setString(1, page.keyId);
                                used.setInt(2, page.month);
                                return number(used);
                            }
                        })
                .orElse(0);
    }

    private static OptionalLong number(PreparedStatement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery()) {
            return rows.next() ? OptionalLong.of(rows.getLong(1)) : OptionalLong.empty();
        }
    }

    private OptionalLong work(Work work) throws SQLException {
        lock.lock();
        try {
            if (open.isEmpty()) {
                throw new SQLException("there is no connection to " + database.url());
            }
            return work.with(open.get());
        } catch (SQLException e) {
            closeNow();
            throw e;
        } finally {
            lock.unlock();
        }
    }

    private void closeNow() throws SQLException {
        Optional<Connection> closing = open;
        open = Optional.empty();
        if (closing.isPresent()) {
            closing.get().close();
        }
    }

    @Override
    public void close() throws SQLException {
        lock.lock();
        try {
            closeNow();
        } finally {
            lock.unlock();
        }
    }
}

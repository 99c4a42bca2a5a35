package tramontane.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A few open connections to PostgreSQL for the threads of requests. A database that does not answer
 * costs a request {@link #MAX_WAIT}. A connection that fails is closed; {@link #fill}, which
 * another thread calls, replaces it. Without any connection, requests fail at once. May be used by
 * any thread.
 */
public final class Connections implements AutoCloseable {
    /** Statements on one key wait for each other anyway, so more would not help. */
    private static final int MAX_OPEN = 4;

    /**
     * How long a request waits for a connection while the database answers others; if it does not,
     * the connections fail, and the wait ends with the last of them.
     */
    public static final Duration MAX_TURN_WAIT = Duration.ofSeconds(2);

    private static final int SLICE_MILLIS = 50;

    /** The longest that a request waits for the database to answer. */
    public static final Duration MAX_WAIT = Duration.ofMillis(500);

    /** Connecting is done by a thread that nobody waits for. */
    public static final Duration CONNECT_WAIT = Duration.ofSeconds(2);

    private final Database database;
    private final Duration maxWait;
    private final BlockingQueue<Connection> idle = new ArrayBlockingQueue<>(MAX_OPEN);
    private final AtomicInteger open = new AtomicInteger();
    private volatile boolean closed;

    /**
     * @param maxWait the longest that a request waits for the database to answer
     */
    public Connections(Database database, Duration maxWait) {
        this.database = database;
        this.maxWait = maxWait;
    }

    /** A connection for a while; in auto-commit mode, so each statement is one transaction. */
    public static final class Borrowed implements Statements {
        private final Connection connection;
        private final long endNanos;

        private Borrowed(Connection connection, long endNanos) {
            this.connection = connection;
            this.endNanos = endNanos;
        }

        /** A statement that fails when the time of this loan is over. */
        @Override
        public PreparedStatement prepare(String sql) throws SQLException {
            long left = Duration.ofNanos(endNanos - System.nanoTime()).toMillis();
            if (left <= 0) {
                throw new SQLException("the database takes too long");
            }
            connection.setNetworkTimeout(Runnable::run, (int) left);
            return connection.prepareStatement(sql);
        }
    }

    /** Work with a connection. */
    @FunctionalInterface
    public interface Work<T> {
        T with(Borrowed connection) throws SQLException;
    }

    /**
     * Does something with a connection.
     *
     * @throws SQLTransientException if too many other threads use the connections
     * @throws SQLException if the database is away or too slow; what was sent may take effect later
     */
    public <T> T with(Work<T> work) throws SQLException {
        Connection connection = take();
        long end = System.nanoTime() + maxWait.toNanos();
        boolean worked = false;
        try {
            T result = work.with(new Borrowed(connection, end));
            worked = true;
            return result;
        } finally {
            if (worked && !closed) {
                idle.add(connection);
            } else {
                open.decrementAndGet();
                discard(connection);
            }
        }
    }

    private Connection take() throws SQLException {
        Connection connection = idle.poll();
        if (connection != null) {
            return connection;
        }
        try {
            for (long left = MAX_TURN_WAIT.toMillis(); left > 0; left -= SLICE_MILLIS) {
                if (open.get() == 0) {
                    throw new SQLException("there is no connection to " + database.url());
                }
                Connection waitedFor = idle.poll(SLICE_MILLIS, TimeUnit.MILLISECONDS);
                if (waitedFor != null) {
                    return waitedFor;
                }
            }
            throw new SQLTransientException(
                    "no connection to " + database.url() + " was free in " + shown(MAX_TURN_WAIT));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLException("interrupted while all connections were in use", e);
        }
    }

    private static String shown(Duration time) {
        return time.toMillis() + " ms";
    }

    /** Opens the connections that are missing; called by one thread. */
    public void fill() throws SQLException {
        while (open.get() < MAX_OPEN && !closed) {
            Connection connection = database.connect(CONNECT_WAIT);
            open.incrementAndGet();
            idle.add(connection);
        }
    }

    /** Closes those that are not in use: the database has failed, so they would fail as well. */
    public void discardIdle() throws SQLException {
        for (Connection each = idle.poll(); each != null; each = idle.poll()) {
            open.decrementAndGet();
            discard(each);
        }
    }

    private static void discard(Connection connection) throws SQLException {
        // Sends nothing and waits for nothing, unlike close on a connection whose peer is frozen.
        connection.abort(Runnable::run);
    }

    @Override
    public void close() throws SQLException {
        closed = true;
        for (Connection each = idle.poll(); each != null; each = idle.poll()) {
            open.decrementAndGet();
            each.close();
        }
    }
}

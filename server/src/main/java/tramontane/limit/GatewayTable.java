package tramontane.limit;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tramontane.store.Statements;

/**
 * The statements of the leases in PostgreSQL. A gateway (a server process) is alive as long as it
 * has a row, which it renews. Others delete the row of one whose lease has ended, and free the
 * reservations of all that have no row. Each statement is a transaction of its own and may be
 * repeated, so two gateways may do the same work at once.
 */
final class GatewayTable {
    private static final String NOW_US = "CAST(extract(epoch FROM now()) * 1000000 AS BIGINT)";

    private static final String RENEW =
            "UPDATE key_gateway SET until_us = " + NOW_US + " + ? WHERE id = ?";

    private static final String JOIN =
            "INSERT INTO key_gateway (until_us, id) VALUES ("
                    + NOW_US
                    + " + ?, ?) ON CONFLICT (id) DO UPDATE SET until_us = excluded.until_us";

    private static final String LEAVE = "DELETE FROM key_gateway WHERE id = ?";

    private static final String LIVING =
            "SELECT count(*) FROM key_gateway WHERE until_us > " + NOW_US;

    private static final String END = "DELETE FROM key_gateway WHERE until_us <= " + NOW_US;

    /**
     * Statements that change the use of many keys run one after the other: in an order of rows that
     * nobody determines, two of them would wait for each other. Any number will do.
     */
    private static final String ALONE =
            "WITH alone AS MATERIALIZED (SELECT pg_advisory_xact_lock(7205759403792793))";

    /** What reservations that are freed, or taken back, change in the use of their keys. */
    private static final String CHANGE =
            """
            , sums AS (SELECT c.key_id, sum(c.places) AS places, sum(c.more) AS more,
                CAST(to_char(now() AT TIME ZONE 'UTC', 'YYYYMM') AS INTEGER) AS month,
                coalesce(sum(c.more) FILTER
                  (WHERE c.month = CAST(to_char(now() AT TIME ZONE 'UTC', 'YYYYMM') AS INTEGER)), 0) AS month_more
              FROM changed c GROUP BY c.key_id),
            used AS (UPDATE key_use u SET tokens = greatest(0, u.tokens + sums.more),
                running = greatest(0, u.running + sums.places), month_tokens =
                  CASE WHEN u.month = sums.month THEN greatest(0, u.month_tokens + sums.month_more)
                  ELSE u.month_tokens END
              FROM sums WHERE u.key_id = sums.key_id)
            SELECT count(*) FROM changed
            """;

    private static final String FREE =
            ALONE
                    + """
                    , changed AS (UPDATE key_reservation r SET freed = 1 FROM alone WHERE r.freed = 0
                        AND NOT EXISTS (SELECT 1 FROM key_gateway g WHERE g.id = r.gateway_id)
                      RETURNING r.key_id, r.month, -r.places AS places, r.prompt - r.tokens AS more)
                    """
                    + CHANGE;

    private static final String TAKE_BACK =
            ALONE
                    + """
                    , changed AS (UPDATE key_reservation r SET freed = 0 FROM alone WHERE r.freed = 1 AND r.gateway_id = ?
                      RETURNING r.key_id, r.month, r.places, r.tokens - r.prompt AS more)
                    """
                    + CHANGE;

    private static final String OF_GATEWAY = "SELECT id FROM key_reservation WHERE gateway_id = ?";

    /** Nobody has used anything of it, and nobody will settle it. */
    private static final String ABANDON =
            "UPDATE key_reservation SET gateway_id = '', prompt = 0 WHERE id = ? AND freed = 0";

    private static final String FORGET =
            "DELETE FROM key_reservation WHERE freed = 1 AND began_us < " + NOW_US + " - ?";

    private GatewayTable() {}

    /** Renews a lease; false if it had ended and others may have freed its reservations. */
    static boolean renew(Statements on, String id, Duration lease) throws SQLException {
        if (leased(on, RENEW, id, lease)) {
            return true;
        }
        boolean unused = leased(on, JOIN, id, lease);
        return false;
    }

    private static boolean leased(Statements on, String sql, String id, Duration lease)
            throws SQLException {
        try (PreparedStatement statement = on.prepare(sql)) {
            statement.setLong(1, micros(lease));
            statement.setString(2, id);
            return statement.executeUpdate() == 1;
        }
    }

    private static long micros(Duration time) {
        return time.toNanos() / 1_000;
    }

    /** Ends a lease; others free what is not settled. */
    static void leave(Statements on, String id) throws SQLException {
        try (PreparedStatement statement = on.prepare(LEAVE)) {
            statement.setString(1, id);
            statement.executeUpdate();
        }
    }

    static int living(Statements on) throws SQLException {
        try (PreparedStatement statement = on.prepare(LIVING)) {
            return number(statement);
        }
    }

    /** Deletes gateways whose lease has ended; returns how many. */
    static int end(Statements on) throws SQLException {
        try (PreparedStatement statement = on.prepare(END)) {
            return statement.executeUpdate();
        }
    }

    /** Frees the reservations of dead gateways; returns how many. */
    static int free(Statements on) throws SQLException {
        try (PreparedStatement statement = on.prepare(FREE)) {
            return number(statement);
        }
    }

    /** Counts the reservations of a living gateway again that others have freed. */
    static int takeBack(Statements on, String id) throws SQLException {
        try (PreparedStatement statement = on.prepare(TAKE_BACK)) {
            statement.setString(1, id);
            return number(statement);
        }
    }

    private static int number(PreparedStatement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery()) {
            return rows.next() ? rows.getInt(1) : 0;
        }
    }

    /** The ids of a gateway's reservations. */
    static List<String> reservations(Statements on, String id) throws SQLException {
        List<String> ids = new ArrayList<>();
        try (PreparedStatement statement = on.prepare(OF_GATEWAY)) {
            statement.setString(1, id);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    ids.add(rows.getString(1));
                }
            }
        }
        return ids;
    }

    /** Leaves a reservation without a gateway, so that it is freed. */
    static void abandon(Statements on, String reservation) throws SQLException {
        try (PreparedStatement statement = on.prepare(ABANDON)) {
            statement.setString(1, reservation);
            statement.executeUpdate();
        }
    }

    /** Deletes reservations that were freed so long ago that their gateway does not come back. */
    static void forget(Statements on, Duration age) throws SQLException {
        try (PreparedStatement statement = on.prepare(FORGET)) {
            statement.setLong(1, micros(age));
            statement.executeUpdate();
        }
    }
}

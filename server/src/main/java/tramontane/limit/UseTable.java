package tramontane.limit;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import tramontane.access.KeyLimits;
import tramontane.store.Statements;

/**
 * The statements that count the use of keys in PostgreSQL. Each is one transaction and one round
 * trip, and the row of a key is the lock: a statement that waited for it checks the limits again
 * with the row as it is then. All times are the database's.
 */
final class UseTable {
    /** Stands for a limit that a key does not have, in tokens or requests. */
    private static final long NO_LIMIT = 1_000_000_000_000_000L;

    /** The parameters, which {@link #bind} sets, and the moment. */
    private static final String PARAMETERS =
            """
            WITH p AS (SELECT CAST(? AS TEXT) AS id, CAST(? AS TEXT) AS gateway_id, CAST(? AS TEXT) AS key_id,
                CAST(? AS DOUBLE PRECISION) AS requests_limit, CAST(? AS DOUBLE PRECISION) AS tokens_limit,
                CAST(? AS BIGINT) AS month_limit, CAST(? AS BIGINT) AS running_limit,
                CAST(? AS BIGINT) AS prompt, CAST(? AS BIGINT) AS tokens,
                CAST(? AS BIGINT) AS month_tokens, CAST(? AS INTEGER) AS places,
                CAST(extract(epoch FROM now()) * 1000000 AS BIGINT) AS us,
                CAST(to_char(now() AT TIME ZONE 'UTC', 'YYYYMM') AS INTEGER) AS month)
            """;

    /** The use at the moment: the minute has refilled since the row was changed. */
    private static final String REQUESTS =
            "greatest(0, u.requests - greatest(0, p.us - u.at_us) * p.requests_limit / 60000000)";

    private static final String TOKENS =
            "greatest(0, u.tokens - greatest(0, p.us - u.at_us) * p.tokens_limit / 60000000)";

    private static final String MONTH_TOKENS =
            "CASE WHEN u.month >= p.month THEN u.month_tokens ELSE 0 END";

    private static final String RESERVE =
            PARAMETERS
                    + ", taken AS (UPDATE key_use u SET requests = "
                    + REQUESTS
                    + " + 1, tokens = "
                    + TOKENS
                    + " + p.tokens, at_us = greatest(u.at_us, p.us), month = greatest(u.month, p.month),"
                    + " month_tokens = "
                    + MONTH_TOKENS
                    + " + p.month_tokens, running = u.running + p.places FROM p WHERE u.key_id = p.key_id AND "
                    + REQUESTS
                    + " + 1 <= p.requests_limit AND (p.tokens = 0 OR "
                    + TOKENS
                    + " + p.tokens <= p.tokens_limit) AND (p.month_tokens = 0 OR "
                    + MONTH_TOKENS
                    + " + p.month_tokens <= p.month_limit)"
                    + " AND (p.places = 0 OR u.running + p.places <= p.running_limit)"
                    + """
                       AND EXISTS (SELECT 1 FROM key_gateway g WHERE g.id = p.gateway_id AND g.until_us > p.us)
                      RETURNING u.requests, u.tokens, u.month_tokens, u.running),
                    noted AS (INSERT INTO key_reservation
                        (id, gateway_id, key_id, prompt, tokens, places, month, began_us, freed)
                      SELECT p.id, p.gateway_id, p.key_id, p.prompt, p.tokens, p.places,
                        CASE WHEN p.month_tokens > 0 THEN p.month ELSE 0 END, p.us, 0 FROM taken, p)
                    SELECT requests, tokens, month_tokens, running FROM taken
                    """;

    private static final String STATE =
            PARAMETERS
                    + "SELECT "
                    + REQUESTS
                    + ", "
                    + TOKENS
                    + ", "
                    + MONTH_TOKENS
                    + """
                    , u.running, u.key_id IS NOT NULL,
                      EXISTS (SELECT 1 FROM key_gateway g WHERE g.id = p.gateway_id AND g.until_us > p.us),
                      CAST(extract(epoch FROM date_trunc('month', now() AT TIME ZONE 'UTC') + INTERVAL '1 month'
                        - (now() AT TIME ZONE 'UTC')) * 1000000 AS BIGINT)
                    FROM p LEFT JOIN key_use u ON u.key_id = p.key_id
                    """;

    /** The row of the reservation is deleted once, so a repeated settlement changes nothing. */
    private static final String SETTLE =
            PARAMETERS
                    + """
                    , gone AS (DELETE FROM key_reservation r USING p WHERE r.id = p.id
                      RETURNING r.key_id, r.month, CASE WHEN r.freed = 0 THEN r.places ELSE 0 END AS places,
                        p.tokens - CASE WHEN r.freed = 0 THEN r.tokens ELSE r.prompt END AS more)
                    UPDATE key_use u SET requests =
                    """
                    + REQUESTS
                    + ", tokens = greatest(0, "
                    + TOKENS
                    + " + gone.more), at_us = greatest(u.at_us, p.us), month_tokens ="
                    + " CASE WHEN u.month = gone.month THEN greatest(0, u.month_tokens + gone.more)"
                    + " ELSE u.month_tokens END, running = greatest(0, u.running - gone.places)"
                    + " FROM gone, p WHERE u.key_id = gone.key_id"
                    + " RETURNING u.requests, u.tokens, u.month_tokens, u.running";

    private static final String COUNT =
            PARAMETERS
                    + "UPDATE key_use u SET requests = "
                    + REQUESTS
                    + " + 1, tokens = "
                    + TOKENS
                    + ", at_us = greatest(u.at_us, p.us) FROM p WHERE u.key_id = p.key_id AND "
                    + REQUESTS
                    + " + 1 <= p.requests_limit RETURNING u.requests, u.tokens, "
                    + MONTH_TOKENS
                    + ", u.running";

    private static final String ADD =
            "INSERT INTO key_use (key_id, requests, tokens, at_us, month, month_tokens, running)"
                    + " VALUES (?, 0, 0, 0, 0, 0, 0) ON CONFLICT (key_id) DO NOTHING";

    private static final String ALL =
            """
            WITH p AS (SELECT CAST(extract(epoch FROM now()) * 1000000 AS BIGINT) AS us,
                CAST(to_char(now() AT TIME ZONE 'UTC', 'YYYYMM') AS INTEGER) AS month)
            SELECT greatest(0, u.requests
                  - greatest(0, p.us - u.at_us) * (coalesce(k.requests_per_minute, 0) / 60000000.0)),
                greatest(0, u.tokens - greatest(0, p.us - u.at_us) * (coalesce(k.tokens_per_minute, 0) / 60000000.0)),
            """
                    + MONTH_TOKENS
                    + ", u.running, u.key_id FROM p, key_use u JOIN api_key k ON k.id = u.key_id";

    /**
     * What a statement is about.
     *
     * @param id of the reservation
     * @param tokens to reserve, or those used when it is settled
     */
    record Entry(
            String id, String gatewayId, String keyId, KeyLimits limits, Cost cost, long tokens) {
        /** The same reservation with the key's present limits, and the tokens that were used. */
        Entry settledWith(KeyLimits limits, long used) {
            return new Entry(id, gatewayId, keyId, limits, cost, used);
        }
    }

    /**
     * @param count empty if the key has no row yet
     * @param leased true if the gateway's lease has not ended
     * @param untilNextMonth by the database's clock
     */
    record State(Optional<SharedCount> count, boolean leased, Duration untilNextMonth) {}

    private UseTable() {}

    /** Takes a reservation; empty if a limit, a missing row or an ended lease is against it. */
    static Optional<SharedCount> reserve(Statements on, Entry entry) throws SQLException {
        return run(on, RESERVE, entry);
    }

    /** Settles a reservation; empty if that was done before. */
    static Optional<SharedCount> settle(Statements on, Entry entry) throws SQLException {
        return run(on, SETTLE, entry);
    }

    /** Counts a request without a reservation, if the limit has room for it. */
    static Optional<SharedCount> count(Statements on, Entry entry) throws SQLException {
        Optional<SharedCount> counted = run(on, COUNT, entry);
        if (counted.isPresent()) {
            return counted;
        }
        // The limit has no room, or the key has no row yet.
        add(on, entry.keyId);
        return run(on, COUNT, entry);
    }

    private static Optional<SharedCount> run(Statements on, String sql, Entry entry)
            throws SQLException {
        try (PreparedStatement statement = on.prepare(sql)) {
            bind(statement, entry);
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() ? Optional.of(count(rows)) : Optional.empty();
            }
        }
    }

    static State state(Statements on, Entry entry) throws SQLException {
        try (PreparedStatement statement = on.prepare(STATE)) {
            bind(statement, entry);
            try (ResultSet rows = statement.executeQuery()) {
                boolean unused = rows.next();
                return new State(
                        rows.getBoolean(5) ? Optional.of(count(rows)) : Optional.empty(),
                        rows.getBoolean(6),
                        Duration.of(rows.getLong(7), ChronoUnit.MICROS));
            }
        }
    }

    private static SharedCount count(ResultSet row) throws SQLException {
        return new SharedCount(
                row.getDouble(1),
                row.getDouble(2),
                row.getLong(3),
                row.getLong(4),
                System.nanoTime());
    }

    private static void bind(PreparedStatement statement, Entry entry) throws SQLException {
        KeyLimits limits = entry.limits;
        statement.setString(1, entry.id);
        statement.setString(2, entry.gatewayId);
        statement.setString(3, entry.keyId);
        statement.setDouble(4, limits.requestsPerMinute().orElse(NO_LIMIT));
        statement.setDouble(5, limits.tokensPerMinute().orElse(NO_LIMIT));
        statement.setLong(6, limits.tokensPerMonth().orElse(NO_LIMIT));
        statement.setLong(7, limits.concurrent().orElse(NO_LIMIT));
        statement.setLong(8, entry.cost.prompt());
        statement.setLong(9, entry.tokens);
        statement.setLong(10, limits.tokensPerMonth().isPresent() ? entry.tokens : 0);
        statement.setInt(11, entry.cost.answered() ? 1 : 0);
    }

    /** Gives a key a row with no use, unless it has one. */
    static void add(Statements on, String keyId) throws SQLException {
        try (PreparedStatement statement = on.prepare(ADD)) {
            statement.setString(1, keyId);
            statement.executeUpdate();
        }
    }

    /** The use of all keys by their ids. */
    static Map<String, SharedCount> all(Statements on) throws SQLException {
        Map<String, SharedCount> counts = new HashMap<>();
        try (PreparedStatement statement = on.prepare(ALL);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                counts.put(rows.getString(5), count(rows));
            }
        }
        return counts;
    }
}

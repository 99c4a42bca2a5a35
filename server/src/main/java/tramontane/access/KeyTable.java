package tramontane.access;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tramontane.api.FieldSet;

/**
 * The table of keys, over one connection in auto-commit mode. A change is one transaction that also
 * raises the version, so a running server sees a change by reading one number.
 */
public final class KeyTable {
    /** Names contain no comma, so a list of them needs no other separator. */
    private static final String SEPARATOR = ",";

    private final Connection connection;

    public KeyTable(Connection connection) {
        this.connection = connection;
    }

    /** A number that every change raises. */
    public long version() throws SQLException {
        try (PreparedStatement query =
                        connection.prepareStatement("SELECT version FROM api_key_version");
                ResultSet rows = query.executeQuery()) {
            return rows.next() ? rows.getLong(1) : 0;
        }
    }

    /** All keys, also revoked and expired ones, oldest first. */
    public List<StoredKey> all() throws SQLException {
        List<StoredKey> keys = new ArrayList<>();
        try (PreparedStatement query =
                        connection.prepareStatement(
                                "SELECT * FROM api_key ORDER BY created_ms, id");
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                keys.add(key(rows));
            }
        }
        return keys;
    }

    private static StoredKey key(ResultSet row) throws SQLException {
        Optional<Long> until = number(row, "previous_until_ms");
        String previous = Optional.ofNullable(row.getString("previous_sha256")).orElse("");
        return new StoredKey(
                row.getString("id"),
                row.getString("name"),
                new StoredKey.Secret(
                        row.getString("sha256"),
                        until.map(millis -> new StoredKey.Previous(previous, millis))),
                new StoredKey.Lifetime(
                        row.getLong("created_ms"),
                        number(row, "expires_ms"),
                        number(row, "revoked_ms"),
                        number(row, "last_used_ms")),
                new StoredKey.Scope(
                        row.getString("models").isEmpty()
                                ? Set.of()
                                : Set.of(row.getString("models").split(SEPARATOR)),
                        row.getInt("admin") != 0,
                        row.getInt("openai_fields") != 0 ? FieldSet.WITH_OPENAI : FieldSet.MISTRAL),
                new KeyLimits(
                        number(row, "requests_per_minute"),
                        number(row, "tokens_per_minute"),
                        number(row, "tokens_per_month"),
                        number(row, "concurrent")));
    }

    private static Optional<Long> number(ResultSet row, String column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(value);
    }

    /** Adds a key; false if a key that is not revoked has the same name. */
    public boolean create(StoredKey key) throws SQLException {
        return change(
                        "INSERT INTO api_key (id, name, sha256, created_ms, expires_ms, models, admin,"
                                + " requests_per_minute, tokens_per_minute, tokens_per_month, concurrent,"
                                + " openai_fields)"
                                + " SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE NOT EXISTS"
                                + " (SELECT 1 FROM api_key WHERE name = ? AND revoked_ms IS NULL)",
                        insert -> {
                            insert.setString(1, key.id());
                            insert.setString(2, key.name());
                            insert.setString(3, key.secret().sha256());
                            insert.setLong(4, key.lifetime().createdMillis());
                            set(insert, 5, key.lifetime().expiresMillis());
                            insert.setString(
                                    6, String.join(SEPARATOR, new TreeSet<>(key.scope().models())));
                            insert.setInt(7, key.scope().admin() ? 1 : 0);
                            set(insert, 8, key.limits().requestsPerMinute());
                            set(insert, 9, key.limits().tokensPerMinute());
                            set(insert, 10, key.limits().tokensPerMonth());
                            set(insert, 11, key.limits().concurrent());
                            insert.setInt(12, key.scope().fields() == FieldSet.WITH_OPENAI ? 1 : 0);
                            insert.setString(13, key.name());
                        })
                == 1;
    }

    /** False if the key was revoked before. */
    public boolean revoke(String id, long nowMillis) throws SQLException {
        return change(
                        "UPDATE api_key SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL",
                        update -> {
                            update.setLong(1, nowMillis);
                            update.setString(2, id);
                        })
                == 1;
    }

    /**
     * Replaces the text of a key; false if the key is revoked.
     *
     * @param untilMillis how long the replaced text stays valid; empty if it is not
     */
    public boolean rotate(String id, String sha256, Optional<Long> untilMillis)
            throws SQLException {
        return change(
                        "UPDATE api_key SET previous_sha256 = CASE WHEN ? = 1 THEN sha256 END,"
                                + " previous_until_ms = ?, sha256 = ? WHERE id = ? AND revoked_ms IS NULL",
                        update -> {
                            update.setInt(1, untilMillis.isPresent() ? 1 : 0);
                            set(update, 2, untilMillis);
                            update.setString(3, sha256);
                            update.setString(4, id);
                        })
                == 1;
    }

    /** Replaces the limits of a key; false if the key is revoked. */
    public boolean limit(String id, KeyLimits limits) throws SQLException {
        return change(
                        "UPDATE api_key SET requests_per_minute = ?, tokens_per_minute = ?,"
                                + " tokens_per_month = ?, concurrent = ?"
                                + " WHERE id = ? AND revoked_ms IS NULL",
                        update -> {
                            set(update, 1, limits.requestsPerMinute());
                            set(update, 2, limits.tokensPerMinute());
                            set(update, 3, limits.tokensPerMonth());
                            set(update, 4, limits.concurrent());
                            update.setString(5, id);
                        })
                == 1;
    }

    /** Deletes revoked and expired keys, and what was counted of them; returns how many. */
    public int prune(long nowMillis) throws SQLException {
        int deleted =
                change(
                        "DELETE FROM api_key WHERE revoked_ms IS NOT NULL OR expires_ms <= ?",
                        delete -> delete.setLong(1, nowMillis));
        // Not in one transaction with the keys: servers lock these rows in an order of their own.
        for (String counts : List.of("key_use", "key_month")) {
            try (PreparedStatement delete =
                    connection.prepareStatement(
                            "DELETE FROM "
                                    + counts
                                    + " WHERE NOT EXISTS (SELECT 1 FROM api_key WHERE api_key.id = "
                                    + counts
                                    + ".key_id)")) {
                delete.executeUpdate();
            }
        }
        return deleted;
    }

    /** Records when keys were last used. This is no change that a server must see. */
    public void used(Map<String, Long> millisById) throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement(
                        "UPDATE api_key SET last_used_ms = ? WHERE id = ?"
                                + " AND (last_used_ms IS NULL OR last_used_ms < ?)")) {
            // In order, so that two servers never wait for each other.
            for (Map.Entry<String, Long> use : new TreeMap<>(millisById).entrySet()) {
                update.setLong(1, use.getValue());
                update.setString(2, use.getKey());
                update.setLong(3, use.getValue());
                update.addBatch();
            }
            update.executeBatch();
        }
    }

    /** Sets the parameters of a statement. */
    @FunctionalInterface
    private interface Parameters {
        void set(PreparedStatement statement) throws SQLException;
    }

    private int change(String sql, Parameters parameters) throws SQLException {
        connection.setAutoCommit(false);
        try (PreparedStatement version =
                        connection.prepareStatement(
                                "UPDATE api_key_version SET version = version + 1");
                PreparedStatement statement = connection.prepareStatement(sql)) {
            // First, so that two changes of PostgreSQL come one after the other.
            version.executeUpdate();
            parameters.set(statement);
            int rows = statement.executeUpdate();
            // Commits; see Database.connect for why not commit().
            connection.setAutoCommit(true);
            return rows;
        } catch (SQLException e) {
            try {
                connection.rollback();
                connection.setAutoCommit(true);
            } catch (SQLException again) {
                // SQLite has rolled back by itself, for example when the disk is full.
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    private static void set(PreparedStatement statement, int index, Optional<Long> value)
            throws SQLException {
        if (value.isPresent()) {
            statement.setLong(index, value.get());
        } else {
            statement.setNull(index, Types.BIGINT);
        }
    }
}

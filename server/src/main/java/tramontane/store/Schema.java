package tramontane.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/**
 * Creates and migrates the tables. Flyway takes half a second to start, so it is called only if the
 * version in the database is not that of this build.
 */
final class Schema {
    /** The highest version among the migrations. */
    static final int VERSION = 6;

    /** Where Flyway keeps the version; not its default name, in case others use Flyway as well. */
    private static final String HISTORY = "tramontane_schema";

    /** Any number that others are unlikely to use in the same database. */
    private static final long ADVISORY_LOCK = 0x7472616d6f6e74L;

    /** The logging system forgets the level of a logger that is not referenced. */
    private static final Logger FLYWAY = Logger.getLogger("org.flywaydb");

    private static final String KEY_USE_STORAGE =
            "ALTER TABLE key_use SET (fillfactor = 20, autovacuum_vacuum_scale_factor = 0.01,"
                    + " autovacuum_vacuum_cost_delay = 0, vacuum_truncate = false)";

    private final Database database;
    private final DataSource source;

    Schema(Database database, DataSource source) {
        this.database = database;
        this.source = source;
    }

    void update() throws StoreException, SQLException, IOException {
        try {
            switch (database.url()) {
                case DatabaseUrl.Sqlite(Path file) -> {
                    if (!Database.hasWriteAheadLog(file) || !isCurrent()) {
                        migrateWithFileLock(file);
                    }
                }
                case DatabaseUrl.Postgres _ -> {
                    if (!isCurrent()) {
                        migrateWithAdvisoryLock();
                    }
                }
            }
        } catch (FlywayException e) {
            throw new StoreException(
                    "cannot create the tables in " + database.url() + ": " + e.getMessage(), e);
        }
    }

    private boolean isCurrent() throws StoreException, SQLException {
        int there = version();
        if (there > VERSION) {
            throw new StoreException(
                    "the tables in "
                            + database.url()
                            + " have version "
                            + there
                            + ", and this build knows them up to version "
                            + VERSION
                            + ": a newer build has used the database; use that one, or another database");
        }
        return there == VERSION;
    }

    /** The version of the tables; 0 if there are none. */
    private int version() throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            String table =
                    database.isPostgres()
                            ? "SELECT to_regclass('" + HISTORY + "')"
                            : "SELECT max(name) FROM sqlite_master WHERE name = '" + HISTORY + "'";
            try (ResultSet found = statement.executeQuery(table)) {
                if (!found.next() || found.getString(1) == null) {
                    return 0;
                }
            }
            try (ResultSet rows =
                    statement.executeQuery(
                            "SELECT max(CAST(version AS INTEGER)) FROM "
                                    + HISTORY
                                    + " WHERE success")) {
                return rows.next() ? rows.getInt(1) : 0;
            }
        }
    }

    /**
     * For SQLite Flyway takes no lock, so two processes that start at once would both migrate. The
     * first connection to a new file is also made here.
     */
    private void migrateWithFileLock(Path file) throws StoreException, SQLException, IOException {
        synchronized (Schema.class) { // A file's lock is held by the process, not by the thread.
            Path lockFile = file.resolveSibling(file.getFileName() + ".lock");
            try (FileChannel channel =
                            FileChannel.open(
                                    lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock _ = channel.lock()) {
                if (!isCurrent()) {
                    migrate();
                }
            }
        }
    }

    /**
     * For PostgreSQL Flyway's lock does not cover the time before it has created its own table. The
     * lock here ends with the connection.
     */
    private void migrateWithAdvisoryLock() throws StoreException, SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_advisory_lock(" + ADVISORY_LOCK + ")");
            if (!isCurrent()) {
                migrate();
            }
        }
    }

    private void migrate() {
        FLYWAY.setLevel(Level.WARNING);
        Flyway.configure(Schema.class.getClassLoader())
                .dataSource(source)
                .locations("classpath:tramontane/store/migration")
                .table(HISTORY)
                .placeholders(
                        Map.of(
                                "key_use_storage",
                                database.isPostgres() ? KEY_USE_STORAGE : "SELECT 1"))
                // Tables of others in the same database do no harm.
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .load()
                .migrate();
    }
}

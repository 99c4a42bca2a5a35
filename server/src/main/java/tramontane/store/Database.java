package tramontane.store;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/**
 * A database whose tables are those of this build. It keeps no connection of its own. May be used
 * by any thread.
 *
 * <p>A committed transaction survives the death of the process. SQLite writes it to the operating
 * system before {@code commit} returns, but waits for the disk only at checkpoints
 * (synchronous=NORMAL in WAL mode), so a power failure may lose the last transactions without
 * damaging the file. PostgreSQL waits for the disk.
 */
public final class Database {
    /** Time that a connection waits for another one's transaction. */
    private static final int BUSY_MILLIS = 10_000;

    private final DatabaseUrl url;
    private final DataSource source;

    /** Identifies the file of SQLite as it was when it was opened. */
    private volatile Optional<Object> openedFile = Optional.empty();

    private Database(DatabaseUrl url, DataSource source) {
        this.url = url;
        this.source = source;
    }

    /**
     * Opens a database; creates the file of SQLite and the tables if they are not there, and
     * migrates those of an older build.
     */
    public static Database open(DatabaseUrl url) throws StoreException {
        try {
            DataSource source =
                    switch (url) {
                        case DatabaseUrl.Sqlite(Path file) -> sqlite(file);
                        case DatabaseUrl.Postgres(_, String jdbc, var settings) ->
                                postgres(jdbc, settings);
                    };
            Database database = new Database(url, source);
            new Schema(database, source).update();
            database.openedFile = database.file();
            return database;
        } catch (SQLException | IOException e) {
            throw new StoreException("cannot open the database " + url + ": " + reason(e), e);
        } catch (UnsatisfiedLinkError e) {
            throw new StoreException(
                    "cannot load SQLite's library, which is unpacked into the directory for temporary files: "
                            + e.getMessage(),
                    e);
        }
    }

    /**
     * A new connection, to be closed by the caller. Reads outside of a transaction never wait for a
     * writer.
     *
     * <p>With SQLite, a transaction takes the one write lock when it begins, and while autocommit
     * is off the driver begins the next one together with a commit. So a transaction is {@code
     * setAutoCommit(false)}, statements, {@code setAutoCommit(true)}, which commits.
     */
    public Connection connect() throws SQLException {
        return source.getConnection();
    }

    /**
     * As {@link #connect}, for threads that others wait for: if PostgreSQL does not answer in this
     * time, connecting fails, and so does each statement. The server ends such a statement as well,
     * so that those that wait for a lock do not use up its connections.
     */
    public Connection connect(Duration patience) throws SQLException {
        if (!(url instanceof DatabaseUrl.Postgres(_, String jdbc, var settings))) {
            return connect();
        }
        Map<String, String> bounded = new HashMap<>(settings);
        String seconds = Long.toString(Math.max(1, patience.toSeconds()));
        for (String limit : List.of("connectTimeout", "loginTimeout", "socketTimeout")) {
            bounded.put(limit, seconds);
        }
        Connection connection = postgres(jdbc, bounded).getConnection();
        // Statements that wait for a row check it again, which stricter levels would refuse.
        connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
        setPatience(connection, patience);
        return connection;
    }

    /**
     * Changes how long each statement of a connection to PostgreSQL may take. The server's limit is
     * a little shorter than the socket's: if both ended at the same time, the connection would
     * often be lost, and with it the reason.
     */
    public void setPatience(Connection connection, Duration patience) throws SQLException {
        if (isPostgres()) {
            try (Statement limit = connection.createStatement()) {
                limit.execute("SET statement_timeout = " + patience.toMillis() * 9 / 10);
            }
            connection.setNetworkTimeout(Runnable::run, (int) patience.toMillis());
        }
    }

    public DatabaseUrl url() {
        return url;
    }

    public boolean isPostgres() {
        return url instanceof DatabaseUrl.Postgres;
    }

    /**
     * True if the file of SQLite was removed or replaced since it was opened. Open connections go
     * on with the old file, which nobody else sees.
     */
    public boolean isReplaced() {
        return openedFile.isPresent() && !openedFile.equals(file());
    }

    private Optional<Object> file() {
        if (!(url instanceof DatabaseUrl.Sqlite(Path file))) {
            return Optional.empty();
        }
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            // Without file keys, as on Windows, an open file cannot be removed.
            return Optional.of(Optional.ofNullable(attributes.fileKey()).orElse(file));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * True if connections to a file of SQLite leave its journal as it is. The first one to a new
     * file changes that. If two do so at the same time, SQLite refuses one at once, however long
     * connections may wait otherwise: each has a lock that the other one waits for.
     */
    static boolean hasWriteAheadLog(Path file) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout(BUSY_MILLIS);
        try (Connection connection = sqlite(file, config).getConnection();
                Statement statement = connection.createStatement();
                ResultSet mode = statement.executeQuery("PRAGMA journal_mode")) {
            return mode.next() && mode.getString(1).equalsIgnoreCase("wal");
        }
    }

    private static DataSource sqlite(Path file, SQLiteConfig config) {
        SQLiteDataSource source = new SQLiteDataSource(config);
        source.setUrl("jdbc:sqlite:" + file);
        return source;
    }

    private static DataSource sqlite(Path file) throws IOException, SQLException {
        SqliteLibrary.load();
        createPrivate(file);
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.NORMAL);
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        config.setBusyTimeout(BUSY_MILLIS);
        config.enforceForeignKeys(true);
        return sqlite(file, config);
    }

    /** Creates the file with its final permissions; SQLite gives its other files the same ones. */
    private static void createPrivate(Path file) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory == null || Files.exists(file)) {
            return;
        }
        Path existing = directory;
        while (existing.getParent() != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        boolean posix = Files.getFileStore(existing).supportsFileAttributeView("posix");
        Files.createDirectories(directory, permissions(posix, "rwx------"));
        try {
            Files.createFile(file, permissions(posix, "rw-------"));
        } catch (FileAlreadyExistsException e) {
            // Another process created it at the same moment: both use it.
            return;
        }
    }

    private static FileAttribute<?>[] permissions(boolean posix, String text) {
        return posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(text))
                }
                : new FileAttribute<?>[0];
    }

    static DataSource postgres(String jdbc, Map<String, String> settings) throws SQLException {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setURL(jdbc);
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            source.setProperty(setting.getKey(), setting.getValue());
        }
        return source;
    }

    private static String reason(Exception e) {
        return e instanceof java.nio.file.FileSystemException file && file.getReason() == null
                ? file.getClass().getSimpleName() + " " + file.getFile()
                : String.valueOf(e.getMessage());
    }
}

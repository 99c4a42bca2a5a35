package tramontane.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.LockInfo;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DatabaseTest {
    @TempDir Path folder;

    private Database open(String name) throws StoreException {
        return Database.open(new DatabaseUrl.Sqlite(folder.resolve(name)));
    }

    private static long number(Database database, String sql) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private static void execute(Database database, String sql) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aNewDatabaseGetsTheTablesAndKeepsItsRows(DatabaseKind kind) throws Exception {
        DatabaseUrl url = kind.url(folder.resolve("a/b"));
        execute(
                Database.open(url),
                "INSERT INTO ledger (id, began_ms, key_id, path, outcome, total_ms)"
                        + " VALUES ('1', 5, 'local', '/', 'done', 1.5)");
        assertThat(number(Database.open(url), "SELECT count(*) FROM ledger")).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void tablesOfOthersInTheSameDatabaseStay(DatabaseKind kind) throws Exception {
        DatabaseUrl url = kind.url(folder);
        Database database = Database.open(url);
        for (String table :
                new String[] {
                    "ledger_text",
                    "ledger",
                    "api_key",
                    "api_key_version",
                    "key_month",
                    "key_gateway",
                    "key_use",
                    "key_reservation",
                    "tramontane_schema"
                }) {
            execute(database, "DROP TABLE " + table);
        }
        execute(database, "CREATE TABLE notes (a INTEGER)");
        execute(database, "INSERT INTO notes VALUES (7)");
        database = Database.open(url);
        assertThat(number(database, "SELECT a FROM notes")).isEqualTo(7);
        assertThat(number(database, "SELECT count(*) FROM ledger")).isZero();
    }

    /** As a build before the shared limits has left it. */
    @ParameterizedTest
    @EnumSource
    void tokensOfTheMonthSurviveTheMoveToSharedLimits(DatabaseKind kind) throws Exception {
        DatabaseUrl url = kind.url(folder);
        Database before = Database.open(url);
        for (String table : new String[] {"key_gateway", "key_use", "key_reservation"}) {
            execute(before, "DROP TABLE " + table);
        }
        execute(before, "ALTER TABLE ledger DROP COLUMN images");
        execute(before, "ALTER TABLE ledger DROP COLUMN encoder_sha256");
        execute(before, "DELETE FROM tramontane_schema WHERE version IN ('4', '5', '6')");
        execute(
                before,
                "INSERT INTO key_month (key_id, month, tokens)"
                        + " VALUES ('a', 202610, 7), ('a', 202611, 8), ('b', 202609, 9)");
        Database after = Database.open(url);
        assertThat(number(after, "SELECT count(*) FROM key_use")).isEqualTo(2);
        assertThat(
                        number(
                                after,
                                "SELECT month_tokens FROM key_use WHERE key_id = 'a' AND month = 202611"))
                .isEqualTo(8);
    }

    /** As a build before image encoders were recorded has left it. */
    @ParameterizedTest
    @EnumSource
    void earlierRowsOfTheLedgerHaveNoImageEncoder(DatabaseKind kind) throws Exception {
        DatabaseUrl url = kind.url(folder);
        Database before = Database.open(url);
        execute(before, "ALTER TABLE ledger DROP COLUMN images");
        execute(before, "ALTER TABLE ledger DROP COLUMN encoder_sha256");
        execute(before, "DELETE FROM tramontane_schema WHERE version = '6'");
        execute(
                before,
                "INSERT INTO ledger (id, began_ms, key_id, path, outcome, total_ms)"
                        + " VALUES ('a', 1, 'k', '/', 'finished', 1)");
        Database after = Database.open(url);
        assertThat(
                        number(
                                after,
                                "SELECT count(*) FROM ledger WHERE images IS NULL AND encoder_sha256 IS NULL"))
                .isEqualTo(1);
    }

    @Test
    void aWrongPasswordIsSaidWithoutIt() throws Exception {
        String address = PostgresServer.get().newDatabase();
        assertThatThrownBy(() ->
                        Database.open(
                                DatabaseUrl.parse(
                                        address.replace("keeper@", "keeper:hunter2@"), Map.of())))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("password authentication failed")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void theNewestMigrationIsTheVersionOfThisBuild() throws Exception {
        Path migrations = Path.of(Schema.class.getResource("/tramontane/store/migration").toURI());
        try (var files = Files.list(migrations)) {
            assertThat(
                            files.map(file -> file.getFileName().toString())
                                    .mapToInt(name ->
                                            Integer.parseInt(
                                                    name.replaceFirst("V(\\d+)__.*", "$1")))
                                    .max())
                    .hasValue(Schema.VERSION);
        }
    }

    /** Its open connections would go on with a file that nobody else sees. */
    @Test
    void aRemovedOrReplacedFileIsNoticed(@TempDir Path other) throws Exception {
        Path file = other.resolve("ledger.db");
        Database database = Database.open(new DatabaseUrl.Sqlite(file));
        assertThat(database.isReplaced()).isFalse();
        Path moved = Files.move(file, other.resolve("moved.db"));
        assertThat(database.isReplaced()).isTrue();
        Files.copy(moved, file);
        assertThat(database.isReplaced()).isTrue();
        Files.move(moved, file, StandardCopyOption.REPLACE_EXISTING);
        assertThat(database.isReplaced()).isFalse();
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void onlyItsOwnerReadsAFile() throws Exception {
        Database database = open("private/ledger.db");
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE more (a INTEGER)");
            for (String name : new String[] {"ledger.db", "ledger.db-wal", "ledger.db-shm"}) {
                assertThat(
                                PosixFilePermissions.toString(
                                        Files.getPosixFilePermissions(
                                                folder.resolve("private").resolve(name))))
                        .as(name)
                        .isEqualTo("rw-------");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void tablesOfANewerBuildAreRefused(DatabaseKind kind) throws Exception {
        DatabaseUrl url = kind.url(folder);
        execute(
                Database.open(url),
                "INSERT INTO tramontane_schema (installed_rank, version, description, type, script,"
                        + " installed_by, execution_time, success)"
                        + " VALUES (99, '99', 'later', 'SQL', 'V99__later.sql', 'me', 1, true)");
        assertThatThrownBy(() -> Database.open(url))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("version 99")
                .hasMessageContaining("a newer build has used the database");
    }

    @Test
    void aFileOfAnotherKindIsRefusedAndNotTouched() throws Exception {
        Path file = folder.resolve("notes.txt");
        Files.writeString(file, "Remember the milk. ".repeat(100));
        assertThatThrownBy(() -> open("notes.txt"))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("notes.txt")
                .hasMessageContaining("not a database");
        assertThat(Files.readString(file)).startsWith("Remember the milk.");
    }

    @Test
    void aDirectoryThatCannotBeMadeIsNamed() {
        assertThatThrownBy(() ->
                        Database.open(new DatabaseUrl.Sqlite(Path.of("/dev/null/x/ledger.db"))))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("cannot open the database /dev/null/x/ledger.db");
    }

    /** The first one creates the tables, and the others find them. */
    @ParameterizedTest
    @EnumSource
    void manyMayOpenANewDatabaseAtOnce(DatabaseKind kind) throws Exception {
        for (int round = 0; round < 5; round++) {
            DatabaseUrl url = kind.url(folder.resolve("" + round));
            List<CompletableFuture<Long>> openings =
                    IntStream.range(0, 8)
                            .mapToObj(_ ->
                                    CompletableFuture.supplyAsync(
                                            () -> countMigrations(url),
                                            task -> Thread.ofPlatform().start(task)))
                            .toList();
            assertThat(openings.stream().map(CompletableFuture::join)).containsOnly(1L);
        }
    }

    /** Two that change its journal at the same time would not wait for one another. */
    @Test
    void aNewFileIsNotTouchedWhileAnotherThreadOpensOne() throws Exception {
        Path file = folder.resolve("new.db");
        Thread opening =
                Thread.ofPlatform().unstarted(() -> countMigrations(new DatabaseUrl.Sqlite(file)));
        synchronized (Schema.class) {
            opening.start();
            while (!waitsForSchema(opening)) {
                Thread.onSpinWait();
            }
            assertThat(file).isEmptyFile();
        }
        opening.join();
        assertThat(countMigrations(new DatabaseUrl.Sqlite(file))).isEqualTo(1);
    }

    private static boolean waitsForSchema(Thread thread) {
        ThreadInfo info = ManagementFactory.getThreadMXBean().getThreadInfo(thread.threadId());
        assertThat(info).as("the thread still runs").isNotNull();
        LockInfo lock = info.getLockInfo();
        return lock != null && lock.getIdentityHashCode() == System.identityHashCode(Schema.class);
    }

    private static long countMigrations(DatabaseUrl url) {
        try {
            return number(
                    Database.open(url),
                    "SELECT count(*) FROM tramontane_schema WHERE version = '1'");
        } catch (StoreException | SQLException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void addressesAreParsed() throws Exception {
        assertThat(DatabaseUrl.parse("sqlite:/a/b.db", Map.of()))
                .isEqualTo(new DatabaseUrl.Sqlite(Path.of("/a/b.db").toAbsolutePath()));
        assertThat(DatabaseUrl.parse("b.db", Map.of()))
                .isEqualTo(new DatabaseUrl.Sqlite(Path.of("b.db").toAbsolutePath()));
        DatabaseUrl.Postgres full =
                (DatabaseUrl.Postgres)
                        DatabaseUrl.parse(
                                "postgresql://me%40x:se%2Fcret@db.example:5433/main?socketTimeout=9",
                                Map.of("PGPASSWORD", "other"));
        assertThat(full.jdbc())
                .isEqualTo("jdbc:postgresql://db.example:5433/main?user=me%40x&socketTimeout=9");
        assertThat(full.settings())
                .containsEntry("password", "se/cret")
                .containsEntry("connectTimeout", "5")
                .doesNotContainKey("socketTimeout");
        assertThat(full).hasToString("postgresql://me%40x:***@db.example:5433/main");
        DatabaseUrl.Postgres bare =
                (DatabaseUrl.Postgres)
                        DatabaseUrl.parse(
                                "postgresql://h/d", Map.of("PGUSER", "u", "PGPASSWORD", "p"));
        assertThat(bare.jdbc()).isEqualTo("jdbc:postgresql://h/d?user=u&");
        assertThat(bare.settings()).containsEntry("password", "p");
        assertThat(bare).hasToString("postgresql://u@h/d");
    }

    @Test
    void wrongAddressesAreRefusedWithoutTheirPassword() {
        for (String wrong :
                new String[] {
                    "postgresql://me:hunter2@/db",
                    "postgresql://me:hunter2@host",
                    "postgresql://me:hunter2@host/",
                    "postgresql://me:hunter2^^@host/db",
                    "mysql://me:hunter2@host/db",
                    "sqlite:",
                    "",
                    "a?b.db",
                    "a?b&password=hunter2"
                }) {
            assertThatThrownBy(() -> DatabaseUrl.parse(wrong, Map.of()))
                    .as(wrong)
                    .isInstanceOf(StoreException.class)
                    .hasMessageNotContaining("hunter2");
        }
    }
}

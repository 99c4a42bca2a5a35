package tramontane.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tramontane.store.Database;
import tramontane.store.DatabaseKind;
import tramontane.store.PostgresServer;

class MonthTableTest {
    private static final MonthTable.Page PAGE = new MonthTable.Page("key_1", 202611);

    @TempDir Path folder;

    @ParameterizedTest
    @EnumSource
    void reservationsAddUpToTheLimit(DatabaseKind kind) throws Exception {
        try (MonthTable months = MonthTable.open(Database.open(kind.url(folder)))) {
            assertThat(months.reserve(PAGE, 101, 100)).isEmpty();
            assertThat(months.used(PAGE)).isZero();
            assertThat(months.reserve(PAGE, 60, 100)).hasValue(60);
            assertThat(months.reserve(PAGE, 41, 100)).isEmpty();
            assertThat(months.settle(PAGE, -20)).hasValue(40);
            assertThat(months.reserve(PAGE, 60, 100)).hasValue(100);
            assertThat(months.reserve(PAGE, 1, 100)).isEmpty();
            assertThat(months.reserve(new MonthTable.Page("key_1", 202612), 100, 100))
                    .hasValue(100);
            assertThat(months.reserve(new MonthTable.Page("key_2", 202611), 1, 100)).hasValue(1);
        }
        try (MonthTable again = MonthTable.open(Database.open(kind.url(folder)))) {
            // PostgreSQL's address is a new database each time.
            assertThat(again.used(PAGE)).isEqualTo(kind == DatabaseKind.SQLITE ? 100 : 0);
        }
    }

    /** As many servers as connections; together they reserve exactly the limit. */
    @ParameterizedTest
    @EnumSource
    void severalServersShareOneLimit(DatabaseKind kind) throws Exception {
        Database database = Database.open(kind.url(folder));
        List<Callable<Integer>> servers = new ArrayList<>();
        for (int server = 0; server < 5; server++) {
            MonthTable months = MonthTable.open(database);
            for (int client = 0; client < 10; client++) {
                servers.add(() -> reserve(months));
            }
        }
        int passed = 0;
        try (ExecutorService threads = Executors.newFixedThreadPool(servers.size())) {
            for (Future<Integer> each : threads.invokeAll(servers)) {
                passed += each.get();
            }
        }
        assertThat(passed).isEqualTo(1000 / 7);
        try (MonthTable months = MonthTable.open(database)) {
            assertThat(months.used(PAGE)).isEqualTo(1000 / 7 * 7);
        }
    }

    /** PostgreSQL is restarted for updates; no token is lost, and no request waits for it. */
    @Test
    void whatWasUsedWhileTheDatabaseWasAwayIsCountedLater() throws Exception {
        Database database = Database.open(DatabaseKind.POSTGRESQL.url(folder));
        try (MonthTable months = MonthTable.open(database)) {
            assertThat(months.reserve(PAGE, 60, 100)).hasValue(60);
            PostgresServer.get().stop();
            try {
                for (int i = 0; i < 3; i++) {
                    assertThatThrownBy(() -> months.settle(PAGE, -10))
                            .isInstanceOf(SQLException.class);
                }
                assertThatThrownBy(() -> months.reserve(PAGE, 1, 100))
                        .hasMessageContaining("there is no connection");
                assertThatThrownBy(months::maintain).isInstanceOf(SQLException.class);
            } finally {
                PostgresServer.get().start();
            }
            months.maintain();
            assertThat(months.used(PAGE)).isEqualTo(30);
            months.maintain();
            assertThat(months.reserve(PAGE, 70, 100)).hasValue(100);
        }
    }

    private static int reserve(MonthTable months) throws SQLException {
        int passed = 0;
        for (int i = 0; i < 10; i++) {
            passed += months.reserve(PAGE, 7, 1000).isPresent() ? 1 : 0;
        }
        return passed;
    }
}

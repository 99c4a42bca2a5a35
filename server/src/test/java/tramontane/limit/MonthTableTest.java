package tramontane.limit;

import static org.assertj.core.api.Assertions.assertThat;

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
import tramontane.store.Database;
import tramontane.store.DatabaseUrl;
import tramontane.store.StoreException;

class MonthTableTest {
    private static final MonthTable.Page PAGE = new MonthTable.Page("key_1", 202611);

    @TempDir Path folder;

    private Database database() throws StoreException {
        return Database.open(new DatabaseUrl.Sqlite(folder.resolve("months.db")));
    }

    @Test
    void reservationsAddUpToTheLimit() throws Exception {
        try (MonthTable months = MonthTable.open(database())) {
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
        try (MonthTable again = MonthTable.open(database())) {
            assertThat(again.used(PAGE)).isEqualTo(100);
        }
    }

    /** As many servers as connections; together they reserve exactly the limit. */
    @Test
    void severalServersShareOneLimit() throws Exception {
        Database database = database();
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

    private static int reserve(MonthTable months) throws SQLException {
        int passed = 0;
        for (int i = 0; i < 10; i++) {
            passed += months.reserve(PAGE, 7, 1000).isPresent() ? 1 : 0;
        }
        return passed;
    }
}

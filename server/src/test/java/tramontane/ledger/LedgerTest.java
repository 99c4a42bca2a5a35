package tramontane.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tramontane.store.Database;
import tramontane.store.DatabaseKind;
import tramontane.store.DatabaseUrl;
import tramontane.store.PostgresServer;
import tramontane.store.Rows;
import tramontane.store.StoreException;

class LedgerTest {
    private static final FileSums FILES = new FileSums("cc", Optional.of("ee"));

    private static final LedgerSettings PLAIN =
            new LedgerSettings(false, LedgerSettings.WhenFull.REFUSE, true);

    @TempDir Path folder;

    private static Ledger start(DatabaseUrl url, LedgerSettings settings, int maxRows) {
        Ledger ledger = Ledger.start(settings, maxRows, () -> Database.open(url), 1_000);
        assertThat(ledger.awaitOpen().isEmpty()).isEqualTo(settings.required());
        return ledger;
    }

    private static LedgerRow row(String id, LedgerRow.Ending ending) {
        return row(id, ending, "m", Optional.empty());
    }

    private static LedgerRow seeing(String id) {
        JsonNode body =
                JsonMapper.shared()
                        .readTree("{\"messages\": [{\"content\": [{\"image_url\": \"a\"}]}]}");
        return new LedgerRow(
                new LedgerRow.Origin(id, 5_000, "key", "/v1/chat/completions"),
                RequestSummary.of(body),
                Optional.of(new LedgerRow.Served("tiny", 64, 42)),
                row(id, LedgerRow.Ending.FINISHED).outcome(),
                Optional.empty(),
                new LedgerRow.Hashes(Optional.empty(), Optional.empty()),
                Optional.empty());
    }

    private static LedgerRow row(
            String id, LedgerRow.Ending ending, String model, Optional<LedgerRow.Text> text) {
        return new LedgerRow(
                new LedgerRow.Origin(id, 5_000, "key", "/v1/chat/completions"),
                RequestSummary.of(
                        JsonMapper.shared()
                                .createObjectNode()
                                .put("model", model)
                                .put("stream", true)
                                .put("top_p", 0.5)),
                Optional.of(new LedgerRow.Served("tiny", 64, 42)),
                new LedgerRow.Outcome(
                        ending,
                        Optional.of(200),
                        Optional.of("e"),
                        List.of("stop", "length"),
                        new LedgerRow.Times(OptionalDouble.of(1.5), OptionalDouble.of(2.5), 3.5)),
                Optional.of(new LedgerRow.Tokens(10, 4, 7, Optional.of(2), 3, 1)),
                new LedgerRow.Hashes(Optional.of("aa"), Optional.of("bb")),
                text);
    }

    private static String first(DatabaseUrl url, String sql) throws SQLException, StoreException {
        try (Connection connection = Database.open(url).connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? String.valueOf(rows.getString(1)) : "no row";
        }
    }

    private static void execute(DatabaseUrl url, String sql) throws SQLException, StoreException {
        try (Connection connection = Database.open(url).connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRowHasAllThatIsKnown(DatabaseKind kind) throws Exception {
        DatabaseUrl url = kind.url(folder);
        try (Ledger ledger = start(url, PLAIN, 10)) {
            ledger.fileSums("tiny", FILES);
            ledger.add(row("r", LedgerRow.Ending.FINISHED));
        }
        Map<String, Object> columns = new TreeMap<>();
        try (Connection connection = Database.open(url).connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT * FROM ledger")) {
            assertThat(rows.next()).isTrue();
            ResultSetMetaData about = rows.getMetaData();
            for (int i = 1; i <= about.getColumnCount(); i++) {
                columns.put(about.getColumnName(i), String.valueOf(rows.getString(i)));
            }
            columns.put("streamed", rows.getBoolean("streamed"));
        }
        assertThat(columns)
                .isEqualTo(
                        new TreeMap<>(
                                Map.ofEntries(
                                        Map.entry("id", "r"),
                                        Map.entry("began_ms", "5000"),
                                        Map.entry("key_id", "key"),
                                        Map.entry("path", "/v1/chat/completions"),
                                        Map.entry("model", "m"),
                                        Map.entry("served_model", "tiny"),
                                        Map.entry("model_sha256", "cc"),
                                        Map.entry("streamed", true),
                                        Map.entry("outcome", "finished"),
                                        Map.entry("http_status", "200"),
                                        Map.entry("error_type", "e"),
                                        Map.entry("finish_reasons", "stop,length"),
                                        Map.entry("queue_ms", "1.5"),
                                        Map.entry("first_token_ms", "2.5"),
                                        Map.entry("total_ms", "3.5"),
                                        Map.entry("prompt_tokens", "10"),
                                        Map.entry("cached_tokens", "4"),
                                        Map.entry("completion_tokens", "7"),
                                        Map.entry("thinking_tokens", "2"),
                                        Map.entry("accepted_draft_tokens", "3"),
                                        Map.entry("rejected_draft_tokens", "1"),
                                        Map.entry("context_tokens", "64"),
                                        Map.entry("seed", "42"),
                                        Map.entry("parameters", "{\"top_p\":0.5}"),
                                        Map.entry("images", "0"),
                                        Map.entry("encoder_sha256", "null"),
                                        Map.entry("request_sha256", "aa"),
                                        Map.entry("answer_sha256", "bb"))));
    }

    @ParameterizedTest
    @EnumSource
    void aFinishedAnswersRowIsThereWhenItsThreadGoesOn(DatabaseKind kind) throws Exception {
        DatabaseUrl url = kind.url(folder);
        try (Ledger ledger = start(url, PLAIN, 10)) {
            for (int i = 0; i < 20; i++) {
                ledger.add(row("r" + i, LedgerRow.Ending.FINISHED));
                assertThat(first(url, "SELECT count(*) FROM ledger")).isEqualTo("" + (i + 1));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRowIsWrittenOnce(DatabaseKind kind) throws Exception {
        DatabaseUrl url = kind.url(folder);
        LedgerRow twice =
                row(
                        "same",
                        LedgerRow.Ending.FINISHED,
                        "m",
                        Optional.of(new LedgerRow.Text(new byte[] {0, -1}, Optional.empty())));
        try (Ledger ledger = start(url, PLAIN, 10)) {
            ledger.add(twice);
            ledger.add(twice);
        }
        assertThat(first(url, "SELECT count(*) FROM ledger")).isEqualTo("1");
        assertThat(first(url, "SELECT count(*) FROM ledger_text")).isEqualTo("1");
    }

    /** PostgreSQL refuses both, and one such row would block all later ones. */
    @ParameterizedTest
    @EnumSource
    void namesThatNoDatabaseTakesAreReplaced(DatabaseKind kind) throws Exception {
        DatabaseUrl url = kind.url(folder);
        try (Ledger ledger = start(url, PLAIN, 10)) {
            ledger.add(row("r", LedgerRow.Ending.REFUSED, "a\0b\ud800c😀", Optional.empty()));
        }
        assertThat(first(url, "SELECT model FROM ledger")).isEqualTo("a\ufffdb\ufffdc😀");
    }

    @ParameterizedTest
    @EnumSource
    void aRowThatTheDatabaseRefusesDoesNotBlockTheOthers(DatabaseKind kind) throws Exception {
        DatabaseUrl url = kind.url(folder);
        execute(
                url,
                kind == DatabaseKind.POSTGRESQL
                        ? "ALTER TABLE ledger ADD CHECK (id <> 'bad')"
                        : "CREATE TRIGGER no BEFORE INSERT ON ledger WHEN NEW.id = 'bad'"
                                + " BEGIN SELECT RAISE(ABORT, 'bad'); END");
        // The rows wait until the database is open, so they are written together.
        try (Ledger ledger = Ledger.start(PLAIN, 10, () -> Database.open(url), 1_000)) {
            for (String id : List.of("a", "bad", "b")) {
                ledger.add(row(id, LedgerRow.Ending.REFUSED));
            }
            ledger.add(row("c", LedgerRow.Ending.FINISHED));
        }
        assertThat(first(url, "SELECT count(*) FROM ledger")).isEqualTo("3");
    }

    /** The sum of a large file becomes known when requests have been answered. */
    @ParameterizedTest
    @EnumSource
    void aSumThatComesLateIsFilledIn(DatabaseKind kind) throws Exception {
        DatabaseUrl url = kind.url(folder);
        try (Ledger ledger = start(url, PLAIN, 10)) {
            ledger.add(row("r", LedgerRow.Ending.FINISHED));
            ledger.add(seeing("s"));
            assertThat(sums(url)).containsExactly("r null null", "s null null");
            ledger.fileSums("another", new FileSums("dd", Optional.of("ff")));
            ledger.fileSums("tiny", FILES);
        }
        assertThat(sums(url)).containsExactly("r cc null", "s cc ee");
    }

    @ParameterizedTest
    @EnumSource
    void aRowSaysWhichFileEncodedItsImages(DatabaseKind kind) throws Exception {
        DatabaseUrl url = kind.url(folder);
        try (Ledger ledger = start(url, PLAIN, 10)) {
            ledger.fileSums("tiny", FILES);
            ledger.add(row("r", LedgerRow.Ending.FINISHED));
            ledger.add(seeing("s"));
            ledger.fileSums("tiny", new FileSums("cc", Optional.empty()));
            ledger.add(seeing("t"));
        }
        assertThat(sums(url)).containsExactly("r cc null", "s cc ee", "t cc null");
        assertThat(first(url, "SELECT images FROM ledger WHERE id = 's'")).isEqualTo("1");
    }

    private static List<String> sums(DatabaseUrl url) throws Exception {
        return Rows.of(url, "SELECT id, model_sha256, encoder_sha256 FROM ledger ORDER BY id")
                .stream()
                .map(row ->
                        row.get("id")
                                + " "
                                + row.get("model_sha256")
                                + " "
                                + row.get("encoder_sha256"))
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    void whileTheTableIsAwayRowsWaitAndThenArrive(DatabaseKind kind) throws Exception {
        DatabaseUrl url = kind.url(folder);
        try (Ledger ledger = start(url, PLAIN, 5)) {
            ledger.add(row("first", LedgerRow.Ending.FINISHED));
            execute(url, "ALTER TABLE ledger RENAME TO away");
            for (int i = 0; i < 5; i++) {
                assertThat(ledger.accepts()).isTrue();
                ledger.add(row("r" + i, LedgerRow.Ending.FINISHED));
            }
            assertThat(ledger.trouble()).isPresent();
            assertThat(ledger.accepts()).as("of five places all are taken").isFalse();
            ledger.add(row("was admitted before", LedgerRow.Ending.FINISHED));
            execute(url, "ALTER TABLE away RENAME TO ledger");
            await(ledger);
            assertThat(ledger.accepts()).isTrue();
            assertThat(first(url, "SELECT count(*) FROM ledger")).isEqualTo("7");
        }
    }

    @Test
    void ifTheOperatorAllowsItRowsAreDroppedInsteadOfRequests() throws Exception {
        DatabaseUrl url = DatabaseKind.SQLITE.url(folder);
        LedgerSettings dropping = new LedgerSettings(false, LedgerSettings.WhenFull.DROP, true);
        try (Ledger ledger = start(url, dropping, 2)) {
            ledger.add(row("first", LedgerRow.Ending.FINISHED));
            execute(url, "ALTER TABLE ledger RENAME TO away");
            for (int i = 0; i < 5; i++) {
                ledger.add(row("r" + i, LedgerRow.Ending.FINISHED));
                assertThat(ledger.accepts()).isTrue();
            }
            execute(url, "ALTER TABLE away RENAME TO ledger");
            await(ledger);
        }
        assertThat(first(url, "SELECT count(*) FROM ledger")).isEqualTo("3");
    }

    private static void await(Ledger ledger) throws InterruptedException {
        while (ledger.trouble().isPresent()) {
            Thread.sleep(10);
        }
    }

    /** Whatever keeps the database busy must not keep clients waiting for long. */
    @Test
    void aDatabaseThatHangsDelaysAnAnswerOnce() throws Exception {
        DatabaseUrl url = DatabaseKind.POSTGRESQL.url(folder);
        try (Ledger ledger = start(url, PLAIN, 100);
                Connection other = Database.open(url).connect();
                Statement lock = other.createStatement()) {
            ledger.add(row("before", LedgerRow.Ending.FINISHED));
            other.setAutoCommit(false);
            lock.execute("LOCK TABLE ledger IN ACCESS EXCLUSIVE MODE");
            ledger.add(row("waits", LedgerRow.Ending.FINISHED));
            assertThat(ledger.trouble())
                    .hasValueSatisfying(why -> assertThat(why).contains("statement timeout"));
            long began = System.nanoTime();
            for (int i = 0; i < 20; i++) {
                ledger.add(row("goes on " + i, LedgerRow.Ending.FINISHED));
            }
            assertThat(System.nanoTime() - began).as("20 waits").isLessThan(20L * 5_000_000_000L);
            other.rollback();
            await(ledger);
        }
        assertThat(first(url, "SELECT count(*) FROM ledger")).isEqualTo("22");
    }

    @Test
    void aRestartOfPostgresLosesNothing() throws Exception {
        PostgresServer server = PostgresServer.get();
        DatabaseUrl url = DatabaseKind.POSTGRESQL.url(folder);
        try (Ledger ledger = start(url, PLAIN, 100)) {
            ledger.add(row("before", LedgerRow.Ending.FINISHED));
            server.stop();
            ledger.add(row("during", LedgerRow.Ending.FINISHED));
            assertThat(ledger.trouble()).isPresent();
            server.start();
            await(ledger);
            server.stop();
            server.start();
            ledger.add(row("after", LedgerRow.Ending.FINISHED));
            assertThat(ledger.trouble()).as("a broken connection is replaced at once").isEmpty();
        }
        assertThat(first(url, "SELECT count(*) FROM ledger")).isEqualTo("3");
    }

    @ParameterizedTest
    @EnumSource
    void manyThreadsLoseNoRow(DatabaseKind kind) throws Exception {
        DatabaseUrl url = kind.url(folder);
        try (Ledger ledger = start(url, PLAIN, 10_000)) {
            List<Thread> threads =
                    IntStream.range(0, 50)
                            .mapToObj(thread ->
                                    Thread.ofVirtual()
                                            .start(() -> {
                                                for (int i = 0; i < 40; i++) {
                                                    ledger.add(
                                                            row(
                                                                    thread + "-" + i,
                                                                    LedgerRow.Ending.FINISHED));
                                                }
                                            }))
                            .toList();
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(first(url, "SELECT count(*) FROM ledger")).isEqualTo("2000");
        }
    }

    @ParameterizedTest
    @EnumSource
    void textIsKeptByteForByte(DatabaseKind kind) throws Exception {
        DatabaseUrl url = kind.url(folder);
        byte[] body = "{\"a\": \"\\u0000é\"}\0".getBytes(StandardCharsets.UTF_8);
        try (Ledger ledger = start(url, PLAIN, 10)) {
            ledger.add(
                    row(
                            "r",
                            LedgerRow.Ending.FINISHED,
                            "m",
                            Optional.of(new LedgerRow.Text(body, Optional.of(body)))));
        }
        try (Connection connection = Database.open(url).connect();
                Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("SELECT request, answer FROM ledger_text")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getBytes(1)).isEqualTo(body);
            assertThat(rows.getBytes(2)).isEqualTo(body);
        }
    }

    @Test
    void withoutADatabaseRequestsGoOnIfNobodyAskedForOne() throws Exception {
        LedgerSettings optional = new LedgerSettings(false, LedgerSettings.WhenFull.REFUSE, false);
        DatabaseUrl nowhere = new DatabaseUrl.Sqlite(Path.of("/dev/null/x/ledger.db"));
        try (Ledger ledger = start(nowhere, optional, 3)) {
            for (int i = 0; i < 10; i++) {
                ledger.add(row("r" + i, LedgerRow.Ending.FINISHED));
            }
            assertThat(ledger.awaitOpen()).isPresent();
            assertThat(ledger.accepts()).isTrue();
            assertThat(ledger.trouble()).isEmpty();
        }
    }
}

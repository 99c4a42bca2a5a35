package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tramontane.store.DatabaseKind;
import tramontane.store.DatabaseUrl;
import tramontane.store.PostgresServer;
import tramontane.store.Rows;

/** The ledger of a server process that is killed, runs out of space, or finds no place. */
@DisabledOnOs(OS.WINDOWS)
class LedgerProcessTest extends TinyServerTest {
    /** Asks until the server is gone; collects the ids of answers whose end has arrived. */
    private static Thread asker(URI url, Set<String> seen, boolean stream) {
        return Thread.ofVirtual()
                .start(() -> {
                    try (HttpClient client = HttpClient.newHttpClient()) {
                        while (true) {
                            HttpResponse<InputStream> response =
                                    client.send(
                                            HttpRequest.newBuilder(
                                                            url.resolve("/v1/chat/completions"))
                                                    .POST(
                                                            BodyPublishers.ofString(
                                                                    QUESTION.formatted(
                                                                            "a", stream)))
                                                    .build(),
                                            BodyHandlers.ofInputStream());
                            String body =
                                    new String(
                                            response.body().readAllBytes(), StandardCharsets.UTF_8);
                            if (response.statusCode() == 200
                                    && body.endsWith(stream ? "data: [DONE]\n\n" : "}")) {
                                seen.add(id(response));
                            }
                        }
                    } catch (IOException killed) {
                        assertThat(killed).isNotNull();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
    }

    @ParameterizedTest
    @EnumSource
    void aServerKilledInTheMiddleOfHundredsOfAnswersHasOneRowForEach(DatabaseKind kind)
            throws Exception {
        DatabaseUrl url = kind.url(folder);
        Map<String, String> environment = new HashMap<>(home());
        Path temporary = Files.createDirectories(folder.resolve("tmp"));
        environment.put("JDK_JAVA_OPTIONS", "-Djava.io.tmpdir=" + temporary + " -XX:-UsePerfData");
        if (kind == DatabaseKind.POSTGRESQL) {
            environment.putAll(PostgresServer.get().environment());
        }
        Set<String> seen = ConcurrentHashMap.newKeySet();
        for (int round = 0; round < 2; round++) {
            int before = seen.size();
            try (RunningProgram server =
                    RunningProgram.start(environment, serving("--ledger", url.toString()))) {
                URI address = server.url();
                List<Thread> askers = new ArrayList<>();
                for (int i = 0; i < 12; i++) {
                    askers.add(asker(address, seen, i % 2 == 0));
                }
                while (seen.size() < before + 200) {
                    Thread.sleep(1);
                }
                server.kill();
                try (Stream<Path> files = Files.list(temporary)) {
                    assertThat(files).as("no library of SQLite is left").isEmpty();
                }
                for (Thread asker : askers) {
                    asker.join();
                }
            }
        }
        List<String> rows =
                Rows.of(url, "SELECT id FROM ledger WHERE outcome = 'finished'").stream()
                        .map(row -> row.get("id"))
                        .toList();
        assertThat(rows).doesNotHaveDuplicates().containsAll(seen);
        assertThat(seen).hasSizeGreaterThanOrEqualTo(400);
    }

    @Test
    void onAFullDiskItGoesOnAndTheRowsArriveLater() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"));
                RunningProgram server =
                        RunningProgram.start(
                                home(), serving("--ledger", disk.path("ledger.db").toString()));
                HttpClient client = HttpClient.newHttpClient()) {
            URI url = server.url();
            assertThat(ask(client, url, "a", false).statusCode()).isEqualTo(200);
            disk.fill();
            int asked = 1;
            while (health(client, url).get("ledger") == null) {
                assertThat(ask(client, url, "a", true).body()).endsWith("data: [DONE]\n\n");
                asked++;
            }
            for (int i = 0; i < 20; i++) {
                assertThat(ask(client, url, "a", i % 2 == 0).statusCode()).isEqualTo(200);
                asked++;
            }
            server.await("cannot be written, so its rows are kept in a file");
            disk.free();
            server.await("is written again");
            assertThat(health(client, url).get("ledger")).isNull();
            assertThat(ask(client, url, "a", false).statusCode()).isEqualTo(200);
            DatabaseUrl ledger = new DatabaseUrl.Sqlite(disk.path("ledger.db"));
            assertThat(Rows.of(ledger, "SELECT id FROM ledger WHERE outcome = 'finished'"))
                    .hasSize(asked + 1);
        }
    }

    /** The disk is full when the server is killed, and once more while the next one runs. */
    @Test
    void rowsThatAFullDiskDidNotTakeSurviveAKill() throws Exception {
        Set<String> seen = new java.util.TreeSet<>();
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"));
                HttpClient client = HttpClient.newHttpClient()) {
            String[] serving = serving("--ledger", disk.path("ledger.db").toString());
            try (RunningProgram server = RunningProgram.start(home(), serving)) {
                URI url = server.url();
                seen.add(id(ask(client, url, "a", false)));
                disk.fill();
                while (health(client, url).get("ledger") == null) {
                    seen.add(id(ask(client, url, "a", true)));
                }
                for (int i = 0; i < 20; i++) {
                    seen.add(id(ask(client, url, "a", i % 2 == 0)));
                }
                server.kill();
            }
            disk.free();
            try (RunningProgram server = RunningProgram.start(home(), serving)) {
                URI url = server.url();
                disk.fill();
                while (health(client, url).get("ledger") == null) {
                    seen.add(id(ask(client, url, "a", true)));
                }
                server.terminate();
                assertThat(server.awaitEnd()).isEqualTo(143);
                assertThat(server.said())
                        .contains("rows of " + disk.path("ledger.db.reserve.0") + " were written")
                        .contains(" wait in a file and are written at the next start.")
                        .doesNotContain("are lost");
            }
            disk.free();
            try (RunningProgram server = RunningProgram.start(home(), serving)) {
                seen.add(id(ask(client, server.url(), "a", false)));
                server.terminate();
                assertThat(server.awaitEnd()).isEqualTo(143);
            }
            assertThat(disk.path("ledger.db.reserve.0")).doesNotExist();
            DatabaseUrl ledger = new DatabaseUrl.Sqlite(disk.path("ledger.db"));
            assertThat(
                            Rows.of(ledger, "SELECT id FROM ledger WHERE outcome = 'finished'")
                                    .stream()
                                    .map(row -> row.get("id")))
                    .doesNotHaveDuplicates()
                    .containsExactlyInAnyOrderElementsOf(seen);
        }
    }

    private static JsonNode health(HttpClient client, URI url)
            throws IOException, InterruptedException {
        HttpResponse<String> health =
                client.send(
                        HttpRequest.newBuilder(url.resolve("/health")).build(),
                        BodyHandlers.ofString());
        assertThat(health.statusCode()).isEqualTo(200);
        return JsonMapper.shared().readTree(health.body());
    }

    @Test
    void aPlainStartKeepsALedgerWhoseLastRowsAreWrittenAtTheEnd() throws Exception {
        Path ledger = folder.resolve(".local/state/tramontane/ledger.db");
        try (RunningProgram server = RunningProgram.start(home(), serving());
                HttpClient client = HttpClient.newHttpClient()) {
            URI url = server.url();
            assertThat(ask(client, url, "a", false).statusCode()).isEqualTo(200);
            ask(client, url.resolve("/"), "\\ud800", false);
            server.terminate();
            assertThat(server.awaitEnd()).as("128 + SIGTERM").isEqualTo(143);
        }
        DatabaseUrl url = new DatabaseUrl.Sqlite(ledger);
        assertThat(Rows.of(url, "SELECT id FROM ledger")).hasSize(2);
        try (Stream<Path> files = Files.list(ledger.getParent())) {
            assertThat(files.map(file -> file.getFileName().toString()).collect(Collectors.toSet()))
                    .as("at a clean end all is in one file")
                    .containsExactlyInAnyOrder("ledger.db", "ledger.db.lock");
        }
    }

    @Test
    void theLogGoesOnUntilTheLastAnswerIsComplete() throws Exception {
        try (RunningProgram server = RunningProgram.start(home(), serving("--log-requests"));
                HttpClient client = HttpClient.newHttpClient()) {
            String body =
                    QUESTION.replace("4,", "1000, \"min_tokens\": 1000,").formatted("a", true);
            HttpRequest request =
                    HttpRequest.newBuilder(server.url().resolve("/v1/chat/completions"))
                            .POST(BodyPublishers.ofString(body))
                            .build();
            HttpResponse<InputStream> open = client.send(request, BodyHandlers.ofInputStream());
            assertThat(open.body().read()).isPositive();
            server.terminate();
            assertThat(new String(open.body().readAllBytes(), StandardCharsets.UTF_8))
                    .endsWith("data: [DONE]\n\n");
            assertThat(server.awaitEnd()).isEqualTo(143);
            assertThat(server.said()).containsSubsequence("Shutting down", "The server has ended");
        }
    }

    @Test
    void aDamagedDefaultLedgerIsSaidInOneLine() throws Exception {
        Path ledger = folder.resolve(".local/state/tramontane/ledger.db");
        Files.createDirectories(ledger.getParent());
        Files.writeString(
                ledger, "This is no database, but it is long enough to be read.".repeat(99));
        try (RunningProgram server = RunningProgram.start(home(), serving())) {
            assertThat(server.awaitEnd()).isEqualTo(1);
            assertThat(server.said().lines().filter(line -> line.contains("database")))
                    .singleElement()
                    .asString()
                    .startsWith("tramontane: cannot open the database " + ledger);
        }
    }

    @Test
    void withNoneThereIsNoLedger() throws Exception {
        try (RunningProgram server = RunningProgram.start(home(), serving("--ledger", "none"));
                HttpClient client = HttpClient.newHttpClient()) {
            assertThat(ask(client, server.url(), "a", false).statusCode()).isEqualTo(200);
        }
        assertThat(folder.resolve(".local")).doesNotExist();
    }

    @Test
    void aReadOnlyHomeIsServedWithAWarningUnlessALedgerWasAskedFor() throws Exception {
        Map<String, String> nowhere = Map.of("HOME", "/dev/null/home");
        try (RunningProgram server = RunningProgram.start(nowhere, serving());
                HttpClient client = HttpClient.newHttpClient()) {
            URI url = server.url();
            assertThat(ask(client, url, "a", true).statusCode()).isEqualTo(200);
            server.terminate();
            assertThat(server.awaitEnd()).as("128 + SIGTERM").isEqualTo(143);
            assertThat(server.said())
                    .contains("No ledger is kept: cannot open the database /dev/null/home");
        }
        for (String wrong :
                List.of(
                        "/dev/null/ledger.db",
                        "postgresql://me:hunter2@127.0.0.1:1/db",
                        "mysql://a/b",
                        folder.resolve("tiny.gguf").toString())) {
            try (RunningProgram server =
                    RunningProgram.start(nowhere, serving("--ledger", wrong))) {
                assertThat(server.awaitEnd()).isEqualTo(1);
                assertThat(server.said().lines()).hasSizeLessThan(3);
                assertThat(server.said())
                        .startsWith("tramontane: ")
                        .doesNotContain("Loading", "hunter2");
            }
        }
    }

    @Test
    void usageSumsWhileTheServerRuns() throws Exception {
        try (RunningProgram server =
                        RunningProgram.start(home(), serving("--alias", "=cmd|' /C calc'!A0"));
                HttpClient client = HttpClient.newHttpClient()) {
            URI url = server.url();
            for (int i = 0; i < 3; i++) {
                ask(client, url, "a", i % 2 == 0);
            }
            ask(client, url, "\\ud800", false);
            JsonNode sums = JsonMapper.shared().readTree(process(0, "usage", "--format", "json"));
            assertThat(sums).hasSize(2);
            JsonNode tiny = sums.get(sums.get(0).get("model").stringValue().equals("tiny") ? 0 : 1);
            assertThat(tiny.get("requests").asInt()).isEqualTo(3);
            assertThat(tiny.get("finished").asInt()).isEqualTo(3);
            assertThat(tiny.get("completion_tokens").asInt()).isBetween(3, 12);
            assertThat(CommandCall.run(0, usage("--by", "key", "--format", "csv")))
                    .startsWith(
                            "key,name,requests,finished,prompt_tokens,cached_tokens,completion_tokens,thinking_tokens\r\n"
                                    + "local,-,4,3,");
            assertThat(CommandCall.run(0, usage()).lines().toList())
                    .hasSize(4)
                    .first()
                    .asString()
                    .containsPattern("^day +model +requests +finished +prompt_tokens");
            assertThat(CommandCall.run(0, usage("--since", "1d", "--by", "key"))).contains("local");
            assertThat(CommandCall.run(0, usage("--until", "2020-01-01", "--by", "key")))
                    .doesNotContain("local");
        }
        assertThat(CommandCall.run(2, "usage", "--by", "weather"))
                .contains("'weather' is none of them");
        assertThat(CommandCall.run(2, "usage", "--since", "yesterday"))
                .contains("--since is a day such as");
        assertThat(CommandCall.run(2, "usage", "--format", "xml"))
                .contains("table, json or csv, not xml");
        assertThat(CommandCall.run(1, "usage", "--ledger", folder.resolve("none.db").toString()))
                .contains("there is no ledger at " + folder.resolve("none.db"));
        assertThat(folder.resolve("none.db")).doesNotExist();
    }

    private String[] usage(String... more) {
        List<String> command = new ArrayList<>(List.of("usage"));
        command.addAll(List.of(more));
        command.addAll(
                List.of(
                        "--ledger",
                        folder.resolve(".local/state/tramontane/ledger.db").toString()));
        return command.toArray(String[]::new);
    }

    private String process(int status, String... arguments) throws Exception {
        try (RunningProgram program = RunningProgram.start(home(), arguments)) {
            assertThat(program.awaitEnd()).as(program.said()).isEqualTo(status);
            return program.said();
        }
    }
}

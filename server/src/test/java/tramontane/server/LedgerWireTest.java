package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tramontane.api.Sha256;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.ledger.FileSums;
import tramontane.ledger.Ledger;
import tramontane.ledger.SmallLedger;
import tramontane.store.DatabaseUrl;
import tramontane.store.Rows;

/** What requests over a socket leave in the ledger. */
class LedgerWireTest {
    private static final String QUESTION =
            "{'model': 'little', 'messages': [{'role': 'user', 'content': 'MARKER'}], 'max_tokens': 6,"
                    + " 'random_seed': 5, 'temperature': 0.5, 'n': 2, 'stop': ['STOPPED'], 'stream': %s}";

    /** Computes as slowly, or fails, as a test wants. */
    private static final class Moody extends ScalarKernels {
        private volatile boolean slow;
        private volatile boolean exhausted;

        @Override
        public void add(MemorySegment x, MemorySegment y, long count) {
            if (exhausted) {
                throw new OutOfMemoryError("no more");
            }
            if (slow) {
                try {
                    Thread.sleep(20);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            super.add(x, y, count);
        }
    }

    @TempDir Path folder;
    private final Moody kernels = new Moody();

    private DatabaseUrl url() {
        return new DatabaseUrl.Sqlite(folder.resolve("ledger.db"));
    }

    private Map<String, String> row(HttpResponse<String> answer) throws Exception {
        String id = answer.headers().firstValue("mistral-correlation-id").orElseThrow();
        return Rows.of(url(), "SELECT * FROM ledger WHERE id = '" + id + "'").getFirst();
    }

    @Test
    void aFinishedAnswerHasItsRowWhenTheClientHasItsEnd() throws Exception {
        try (Ledger ledger = SmallLedger.start(url(), false, 100);
                ServerUnderTest server = ServerUnderTest.withLedger(ledger, kernels)) {
            ledger.fileSums("tiny", new FileSums("sum", Optional.of("encoder")));
            HttpResponse<String> whole = server.complete(QUESTION.formatted("false"));
            Map<String, String> row = row(whole);
            JsonNode usage = ServerUnderTest.json(whole).get("usage");
            assertThat(row)
                    .containsEntry("outcome", "finished")
                    .containsEntry("http_status", "200")
                    .containsEntry("key_id", "local")
                    .containsEntry("path", "/v1/chat/completions")
                    .containsEntry("model", "little")
                    .containsEntry("served_model", "tiny")
                    .containsEntry("model_sha256", "sum")
                    .containsEntry("images", "0")
                    .containsEntry("encoder_sha256", "null")
                    .containsEntry("streamed", "0")
                    .containsEntry("seed", "5")
                    .containsEntry("error_type", "null")
                    .containsEntry("began_ms", "1800000000000")
                    .containsEntry("prompt_tokens", usage.get("prompt_tokens").asString())
                    .containsEntry("completion_tokens", usage.get("completion_tokens").asString())
                    .containsEntry(
                            "parameters",
                            "{\"temperature\":0.5,\"max_tokens\":6,\"n\":2,\"random_seed\":5,"
                                    + "\"messages\":1,\"stop\":1}")
                    .containsEntry(
                            "request_sha256",
                            Sha256.of(
                                    QUESTION.formatted("false")
                                            .replace('\'', '"')
                                            .getBytes(StandardCharsets.UTF_8)));
            assertThat(row.getOrDefault("finish_reasons", "").split(",")).hasSize(2);
            assertThat(Double.parseDouble(row.get("total_ms")))
                    .isGreaterThanOrEqualTo(Double.parseDouble(row.get("first_token_ms")));

            Map<String, String> streamed = row(server.complete(QUESTION.formatted("true")));
            assertThat(streamed).containsEntry("streamed", "1");
            assertThat(streamed.get("answer_sha256"))
                    .as("the same answer, whole and streamed")
                    .isEqualTo(row.get("answer_sha256"))
                    .isEqualTo(sumOf(ServerUnderTest.json(whole)));
            String other =
                    QUESTION.formatted("false").replace("'random_seed': 5", "'random_seed': 6");
            assertThat(row(server.complete(other)).get("answer_sha256"))
                    .isNotEqualTo(row.get("answer_sha256"));
        }
    }

    /** As docs/LEDGER.md says, from what the client got. */
    private static String sumOf(JsonNode answer) {
        StringBuilder lines = new StringBuilder();
        for (JsonNode choice : answer.get("choices")) {
            lines.append(sumOf(""))
                    .append(' ')
                    .append(sumOf(choice.at("/message/content").stringValue()))
                    .append(' ')
                    .append(choice.get("finish_reason").stringValue())
                    .append('\n');
        }
        return sumOf(lines.toString());
    }

    private static String sumOf(String text) {
        return Sha256.of(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void refusedRequestsLeaveARowWithTheReason() throws Exception {
        try (Ledger ledger = SmallLedger.start(url(), false, 100);
                ServerUnderTest server = ServerUnderTest.withLedger(ledger, kernels)) {
            for (String body :
                    List.of(
                            "nonsense",
                            "{'model': 'unknown', 'messages': [{'role': 'user', 'content': 'a'}]}",
                            "{'model': 'tiny', 'messages': [], 'n': 3}")) {
                server.complete(body);
            }
            try (Socket socket = server.connect()) {
                RawHttp.write(
                        socket,
                        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
                                + "Content-Length: 2000000\r\n\r\n");
                assertThat(RawHttp.readToEnd(socket)).startsWith("HTTP/1.1 413 ");
            }
        }
        assertThat(
                        Rows.of(
                                url(),
                                "SELECT outcome, http_status, error_type, model, parameters, prompt_tokens"
                                        + " FROM ledger ORDER BY http_status, error_type, parameters"))
                .extracting(row -> String.join(" ", row.values()))
                .containsExactly(
                        "refused 400 invalid_model unknown {\"messages\":1} null",
                        "refused 413 request_too_large null null null",
                        "refused 422 invalid_request_error null null null",
                        "refused 422 invalid_request_error tiny {\"n\":3,\"messages\":0} null");
    }

    @Test
    void cancelledAndFailedOnesLeaveARow() throws Exception {
        try (Ledger ledger = SmallLedger.start(url(), false, 100)) {
            try (ServerUnderTest server = ServerUnderTest.withLedger(ledger, kernels)) {
                kernels.slow = true;
                String request = RawHttp.request(QUESTION.formatted("true").replace("6", "40"));
                try (Socket socket = server.connect()) {
                    RawHttp.write(socket, request);
                    String first = "";
                    while (!first.contains("data: ")) {
                        byte[] more = socket.getInputStream().readNBytes(100);
                        first += new String(more, StandardCharsets.UTF_8);
                    }
                }
                server.awaitNobodyInFlight();
                kernels.slow = false;
                // The engine removes what was cancelled at its next step.
                while (ServerUnderTest.json(server.get("/load")).get("running").intValue() > 0) {
                    Thread.sleep(5);
                }
                kernels.exhausted = true;
                assertThat(server.complete(QUESTION.formatted("false")).statusCode())
                        .isEqualTo(503);
            }
        }
        List<Map<String, String>> rows = Rows.of(url(), "SELECT * FROM ledger ORDER BY outcome");
        assertThat(rows).hasSize(2);
        assertThat(rows.getFirst())
                .containsEntry("outcome", "cancelled")
                .containsEntry("http_status", "200")
                .containsEntry("answer_sha256", "null");
        assertThat(Integer.parseInt(rows.getFirst().get("completion_tokens"))).isBetween(1, 79);
        assertThat(rows.getLast())
                .containsEntry("outcome", "failed")
                .containsEntry("http_status", "503")
                .containsEntry("error_type", "service_unavailable");
    }

    @Test
    void whileTheLedgerIsFullNewRequestsAreRefusedAndHealthSaysSo() throws Exception {
        try (Ledger ledger = SmallLedger.start(url(), false, 3);
                ServerUnderTest server = ServerUnderTest.withLedger(ledger, kernels)) {
            assertThat(server.complete(QUESTION.formatted("false")).statusCode()).isEqualTo(200);
            assertThat(server.get("/health").body()).isEqualTo("{\"status\":\"ok\"}");
            Rows.change(url(), "ALTER TABLE ledger RENAME TO away");
            for (int i = 0; i < 3; i++) {
                assertThat(server.complete(QUESTION.formatted("true")).body())
                        .endsWith("data: [DONE]\n\n");
            }
            HttpResponse<String> refused = server.complete(QUESTION.formatted("true"));
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("retry-after")).isPresent();
            assertThat(refused.body()).contains("the ledger cannot be written");
            HttpResponse<String> health = server.get("/health");
            assertThat(health.statusCode()).isEqualTo(200);
            assertThat(ServerUnderTest.json(health).get("ledger").stringValue())
                    .isEqualTo("cannot be written; the log says why");
            Rows.change(url(), "ALTER TABLE away RENAME TO ledger");
            while (!server.get("/health").body().equals("{\"status\":\"ok\"}")) {
                Thread.sleep(20);
            }
            assertThat(server.complete(QUESTION.formatted("true")).statusCode()).isEqualTo(200);
            assertThat(Rows.of(url(), "SELECT id FROM ledger")).hasSize(5);
        }
    }

    @Test
    void textIsKeptOnlyIfTheOperatorWantsIt() throws Exception {
        for (boolean keeps : List.of(false, true)) {
            String answer = "";
            try (Ledger ledger = SmallLedger.start(url(), keeps, 100);
                    ServerUnderTest server = ServerUnderTest.withLedger(ledger, kernels)) {
                for (String stream : List.of("false", "true")) {
                    String body = server.complete(QUESTION.formatted(stream)).body();
                    answer = answer.isEmpty() ? body : answer;
                }
                server.complete("{'MARKER': 'MARKER', 'stop': 'STOPPED'");
            }
            String stored = "";
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    stored += Files.readString(file, StandardCharsets.ISO_8859_1);
                }
            }
            assertThat(stored.contains("MARKER")).isEqualTo(keeps);
            assertThat(stored.contains("STOPPED")).isEqualTo(keeps);
            List<Map<String, String>> texts =
                    Rows.of(url(), "SELECT CAST(answer AS TEXT) AS answer FROM ledger_text");
            assertThat(texts).hasSize(keeps ? 3 : 0);
            if (keeps) {
                // The refused one has no answer; the others have the same one.
                assertThat(texts.stream().map(row -> row.get("answer"))).contains("null");
                JsonNode expected = JsonMapper.shared().readTree(answer);
                texts.stream()
                        .map(row -> row.get("answer"))
                        .filter(text -> !text.equals("null"))
                        .map(text -> JsonMapper.shared().readTree(text))
                        .forEach(each ->
                                assertThat(each.at("/choices/0/message/content"))
                                        .isEqualTo(expected.at("/choices/0/message/content")));
            }
        }
    }
}

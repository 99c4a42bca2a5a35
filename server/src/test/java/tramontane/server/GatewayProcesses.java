package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tramontane.access.ApiKey;
import tramontane.access.KeyLimits;
import tramontane.access.KeyTable;
import tramontane.access.StoredKey;
import tramontane.api.FieldSet;
import tramontane.store.Database;
import tramontane.store.DatabaseUrl;
import tramontane.store.PostgresServer;
import tramontane.store.Rows;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/** Server processes with one database of a real PostgreSQL, and what tests ask of them. */
final class GatewayProcesses implements AutoCloseable {
    static final String SHORT =
            "{'model':'tiny','messages':[{'role':'user','content':'a'}],'max_tokens':4,'stream':%s}"
                    .replace('\'', '"');

    /** An answer of {@link HeldAnswers}, which ends when the test says so. */
    static final String HELD = SHORT.formatted(true).replace("4", "20");

    final PostgresServer postgres = PostgresServer.get();
    final String address;
    final DatabaseUrl url;
    final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Path folder;
    private List<String> served;
    private final List<RunningProgram> started = new ArrayList<>();

    GatewayProcesses(Path folder) throws Exception {
        this.folder = folder;
        Path model = TinyModel.of(Architecture.LLAMA).write(folder.resolve("tiny.gguf"));
        this.served = List.of("--model", model.toString());
        this.address = postgres.newDatabase();
        this.url = DatabaseUrl.parse(address, postgres.environment());
    }

    /** A running gateway and its address. */
    record Gateway(RunningProgram program, URI url) {}

    /** From now on, servers are started with this upstream instead of a model of their own. */
    void serve(FaultyUpstream upstream) {
        served =
                List.of(
                        "--upstream",
                        "tiny=vllm+" + upstream.uri(),
                        // However long a test takes, no answer is late.
                        "--timeout-upstream-idle-seconds",
                        "3600");
    }

    /** Starts a server. One with a name that was used before finds its files again. */
    Gateway start(String name) throws Exception {
        return startAll(address, name).getFirst();
    }

    /** Starts servers at the same time. */
    List<Gateway> startAll(String database, String... names) throws Exception {
        List<RunningProgram> programs = new ArrayList<>();
        for (String name : names) {
            Map<String, String> environment = new HashMap<>(postgres.environment());
            environment.put("HOME", Files.createDirectories(folder.resolve(name)).toString());
            List<String> options = new ArrayList<>(List.of("--port", "0", "--ledger", database));
            options.addAll(served);
            programs.add(
                    RunningProgram.serve(environment, List.of(), options.toArray(String[]::new)));
        }
        started.addAll(programs);
        List<Gateway> gateways = new ArrayList<>();
        for (RunningProgram program : programs) {
            gateways.add(new Gateway(program, program.url()));
        }
        return gateways;
    }

    /** Makes a key and returns its text; its id is the name. */
    String key(String name, KeyLimits limits) throws Exception {
        String text = ApiKey.create(new java.security.SecureRandom());
        try (Connection connection = Database.open(url).connect()) {
            StoredKey key =
                    new StoredKey(
                            name,
                            name,
                            new StoredKey.Secret(ApiKey.sha256(text), Optional.empty()),
                            new StoredKey.Lifetime(
                                    System.currentTimeMillis(),
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.empty()),
                            new StoredKey.Scope(Set.of(), false, FieldSet.MISTRAL),
                            limits);
            assertThat(new KeyTable(connection).create(key)).isTrue();
        }
        return text;
    }

    static KeyLimits limits(long requests, long tokens, long month, long concurrent) {
        return new KeyLimits(limit(requests), limit(tokens), limit(month), limit(concurrent));
    }

    private static Optional<Long> limit(long value) {
        return value == 0 ? Optional.empty() : Optional.of(value);
    }

    private static HttpRequest request(Gateway gateway, String key, String body) {
        return HttpRequest.newBuilder(gateway.url.resolve("/v1/chat/completions"))
                .header("authorization", "Bearer " + key)
                .POST(BodyPublishers.ofString(body))
                .build();
    }

    HttpResponse<String> ask(Gateway gateway, String key, String body)
            throws IOException, InterruptedException {
        return client.send(request(gateway, key, body), BodyHandlers.ofString());
    }

    /** Asks until a key is known, which takes up to a second. */
    HttpResponse<String> askOnceKnown(Gateway gateway, String key)
            throws IOException, InterruptedException {
        HttpResponse<String> answer = ask(gateway, key, SHORT.formatted(false));
        while (answer.statusCode() == 401) {
            Thread.sleep(50);
            answer = ask(gateway, key, SHORT.formatted(false));
        }
        return answer;
    }

    /** Begins an answer; its stream has to be closed. */
    HttpResponse<InputStream> begin(Gateway gateway, String key, String body)
            throws IOException, InterruptedException {
        return client.send(request(gateway, key, body), BodyHandlers.ofInputStream());
    }

    /**
     * As {@link #ask}, again and again while the database takes too long for a statement: on a busy
     * machine half a second may pass.
     */
    HttpResponse<String> askUntilAnswered(Gateway gateway, String key)
            throws IOException, InterruptedException {
        HttpResponse<String> answer = ask(gateway, key, SHORT.formatted(false));
        while (answer.statusCode() == 503) {
            answer = ask(gateway, key, SHORT.formatted(false));
        }
        return answer;
    }

    /**
     * Begins as many answers. One that is refused with a 503 may have taken effect in the database
     * and then counts until its server gives it back, so a 429 is no end either.
     */
    List<HttpResponse<InputStream>> beginReading(Gateway gateway, String key, int count)
            throws IOException, InterruptedException {
        List<HttpResponse<InputStream>> running = new ArrayList<>();
        while (running.size() < count) {
            HttpResponse<InputStream> answer = beginReading(gateway, key);
            if (answer.statusCode() == 200) {
                running.add(answer);
            } else {
                assertThat(answer.statusCode()).isIn(503, 429);
                answer.body().close();
            }
        }
        return running;
    }

    /** As {@link #begin}, with a client that reads all of it; one that does not is cut off. */
    private HttpResponse<InputStream> beginReading(Gateway gateway, String key)
            throws IOException, InterruptedException {
        HttpResponse<InputStream> answer = begin(gateway, key, HELD);
        Thread unused =
                Thread.startVirtualThread(() -> {
                    try {
                        answer.body().transferTo(OutputStream.nullOutputStream());
                    } catch (IOException over) {
                        // The server was killed, or the test has closed the stream.
                        return;
                    }
                });
        return answer;
    }

    static String id(HttpResponse<?> response) {
        return response.headers().firstValue("mistral-correlation-id").orElseThrow();
    }

    long use(String key, String column) throws Exception {
        List<Map<String, String>> rows =
                Rows.of(url, "SELECT * FROM key_use WHERE key_id = '" + key + "'");
        return rows.isEmpty() ? 0 : (long) Double.parseDouble(rows.getFirst().get(column));
    }

    /** Waits until so many answers of a key run, by the database. */
    void awaitRunning(String key, long count) throws Exception {
        while (use(key, "running") != count) {
            Thread.sleep(50);
        }
    }

    /** Waits for the rows of answers; those of cancelled ones are written soon after their end. */
    void awaitRows(String key, int count) throws Exception {
        String rows =
                "SELECT id FROM ledger WHERE outcome IN ('finished', 'cancelled') AND key_id = '"
                        + key
                        + "'";
        while (Rows.of(url, rows).size() < count) {
            Thread.sleep(50);
        }
    }

    /** Waits until the tokens of a key's month are these of the ledger, and so many beside. */
    void awaitMonth(String key, long beside) throws Exception {
        while (use(key, "month_tokens") != beside + ledgerTokens(key)) {
            Thread.sleep(50);
        }
    }

    /** Tokens of all rows of a key in the ledger. */
    long ledgerTokens(String key) throws Exception {
        String sum =
                Rows.of(
                                url,
                                "SELECT coalesce(sum(prompt_tokens + completion_tokens), 0) AS tokens"
                                        + " FROM ledger WHERE key_id = '"
                                        + key
                                        + "'")
                        .getFirst()
                        .get("tokens");
        return Long.parseLong(sum);
    }

    List<String> finishedIds() throws Exception {
        return Rows.of(url, "SELECT id FROM ledger WHERE outcome = 'finished'").stream()
                .map(row -> row.get("id"))
                .toList();
    }

    static void close(Collection<HttpResponse<InputStream>> answers) throws IOException {
        for (HttpResponse<InputStream> answer : answers) {
            answer.body().close();
        }
    }

    @Override
    public void close() {
        started.forEach(RunningProgram::close);
        // Exchanges with servers that were killed may never end.
        client.shutdownNow();
    }
}

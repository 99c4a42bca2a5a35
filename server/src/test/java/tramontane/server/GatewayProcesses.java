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

    /** An answer that takes the model long; many of them take minutes. */
    static final String LONG =
            ("{'model':'tiny','messages':[{'role':'user','content':'a'}],"
                            + "'n':16,'max_tokens':2000,'min_tokens':2000,'temperature':1,'stream':true}")
                    .replace('\'', '"');

    final PostgresServer postgres = PostgresServer.get();
    final String address;
    final DatabaseUrl url;
    final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Path folder;
    private final Path model;
    private final List<RunningProgram> started = new ArrayList<>();

    GatewayProcesses(Path folder) throws Exception {
        this.folder = folder;
        this.model = TinyModel.of(Architecture.LLAMA).write(folder.resolve("tiny.gguf"));
        this.address = postgres.newDatabase();
        this.url = DatabaseUrl.parse(address, postgres.environment());
    }

    /** A running gateway and its address. */
    record Gateway(RunningProgram program, URI url) {}

    /** Starts a server. One with a name that was used before finds its files again. */
    Gateway start(String name) throws Exception {
        return start(name, address);
    }

    Gateway start(String name, String database, String... more) throws Exception {
        Map<String, String> environment = new HashMap<>(postgres.environment());
        environment.put("HOME", Files.createDirectories(folder.resolve(name)).toString());
        List<String> options =
                new ArrayList<>(
                        List.of(
                                "serve",
                                "--model",
                                model.toString(),
                                "--port",
                                "0",
                                "--ledger",
                                database));
        options.addAll(List.of(more));
        RunningProgram program = RunningProgram.start(environment, options.toArray(String[]::new));
        started.add(program);
        return new Gateway(program, program.url());
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

    /** As {@link #begin}, with a client that reads all of it; one that does not is cut off. */
    HttpResponse<InputStream> beginReading(Gateway gateway, String key, String body)
            throws IOException, InterruptedException {
        HttpResponse<InputStream> answer = begin(gateway, key, body);
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

    void awaitSomeRunning(String key) throws Exception {
        while (use(key, "running") == 0) {
            Thread.sleep(50);
        }
    }

    /** Waits for the rows of a key; those of cancelled answers are written soon after their end. */
    void awaitRows(String key, int count) throws Exception {
        while (Rows.of(url, "SELECT id FROM ledger WHERE key_id = '" + key + "'").size() < count) {
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

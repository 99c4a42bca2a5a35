package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tramontane.access.ApiKey;
import tramontane.access.KeyLimits;
import tramontane.access.KeyTable;
import tramontane.access.StoredKey;
import tramontane.api.FieldSet;
import tramontane.store.Database;
import tramontane.store.DatabaseUrl;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/** {@code serve} and {@code keys} as processes with one database. */
@DisabledOnOs(OS.WINDOWS)
class KeysProcessTest {
    private static final String QUESTION =
            "{'model':'tiny','messages':[{'role':'user','content':'a'}],'max_tokens':4}"
                    .replace('\'', '"');

    private static final String LONG =
            ("{'model':'tiny','messages':[{'content':'"
                            + "word ".repeat(300)
                            + "'}],'n':16,'max_tokens':1000,'min_tokens':900,'temperature':1,'stream':true}")
                    .replace('\'', '"');

    @TempDir Path folder;
    private Path model;
    private Path database;
    private final HttpClient client = HttpClient.newHttpClient();

    @BeforeEach
    void write() {
        model = TinyModel.of(Architecture.LLAMA).write(folder.resolve("tiny.gguf"));
        database = folder.resolve("keys.db");
    }

    @AfterEach
    void close() {
        client.close();
    }

    /** A server process; its output is read all the time. */
    private final class Server implements AutoCloseable {
        private final List<String> said = Collections.synchronizedList(new ArrayList<>());
        private final Process process;
        private final Thread reader;
        private final URI url;

        Server(Map<String, String> environment, String... jvm) throws Exception {
            Map<String, String> variables = new HashMap<>(environment);
            variables.putIfAbsent("HOME", folder.toString());
            List<String> arguments =
                    List.of(
                            "serve",
                            "--port",
                            "0",
                            "--model",
                            "" + model,
                            "--ledger",
                            "" + database);
            process = RunningProgram.program(variables, List.of(jvm), arguments).start();
            BufferedReader output = process.inputReader();
            String line = output.readLine();
            while (line != null && !line.contains("Listening on")) {
                said.add(line);
                line = output.readLine();
            }
            assertThat(line).as("the server said %s", said).isNotNull();
            said.add(line);
            url = URI.create(line.replaceFirst(".*(http:.*)", "$1"));
            reader = Thread.startVirtualThread(() -> read(output));
        }

        private void read(BufferedReader output) {
            try {
                for (String line = output.readLine(); line != null; line = output.readLine()) {
                    said.add(line);
                }
            } catch (IOException e) {
                said.add("killed: " + e);
            }
        }

        HttpResponse<String> send(String path, String body, String... headers) throws Exception {
            HttpRequest.Builder request = HttpRequest.newBuilder(url.resolve(path));
            if (headers.length > 0) {
                request.headers(headers);
            }
            if (!body.isEmpty()) {
                request.POST(HttpRequest.BodyPublishers.ofString(body));
            }
            return client.send(request.build(), BodyHandlers.ofString());
        }

        HttpResponse<String> models(String key) throws Exception {
            return send("/v1/models", "", "authorization", "Bearer " + key);
        }

        HttpResponse<String> chat(String key) throws Exception {
            return send("/v1/chat/completions", QUESTION, "authorization", "Bearer " + key);
        }

        HttpResponse<String> seeded(String key) throws Exception {
            return send(
                    "/v1/chat/completions",
                    QUESTION.replace("max_tokens", "seed\":1,\"max_tokens"),
                    "authorization",
                    "Bearer " + key);
        }

        void kill() throws InterruptedException {
            process.destroyForcibly();
            int unused = process.waitFor();
        }

        /** Everything it said, after it has ended by itself. */
        String end() throws InterruptedException {
            process.destroy();
            int unused = process.waitFor();
            reader.join();
            return String.join("\n", said);
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    /** What a command printed to its standard output. */
    private String keys(String... arguments) {
        List<String> all = new ArrayList<>(List.of("keys"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--ledger", database.toString()));
        String[] command = all.toArray(String[]::new);
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commands = Commands.of(command);
        commands.setOut(new PrintWriter(out, true));
        commands.setErr(new PrintWriter(err, true));
        assertThat(commands.execute(command)).as(err.toString()).isZero();
        return out.toString().strip();
    }

    @Test
    void aKeyIsCreatedUsedReplacedAndRevokedWhileTheServerRuns() throws Exception {
        try (Server server = new Server(Map.of())) {
            assertThat(server.send("/v1/models", "").statusCode()).as("no key yet").isEqualTo(200);
            String key = keys("create", "alice", "--requests-per-minute", "100");
            assertThat(key).matches("trm_[0-9A-Za-z]{49}");
            while (server.send("/v1/models", "").statusCode() != 401) {
                Thread.sleep(20);
            }
            assertThat(server.chat(key).statusCode()).isEqualTo(200);
            String openAi = keys("create", "eve", "--openai-fields");
            while (server.models(openAi).statusCode() != 200) {
                Thread.sleep(20);
            }
            assertThat(server.seeded(openAi).statusCode()).isEqualTo(200);
            assertThat(server.seeded(key).statusCode()).isEqualTo(422);
            assertThat(keys("list")).contains("never             OpenAI's fields");
            assertThat(keys("list", "--format", "json")).contains("\"openai_fields\" : true");
            keys("revoke", "eve");
            while (keys("list")
                    .contains("alice                 valid     never             never")) {
                Thread.sleep(100);
            }

            String replaced = keys("rotate", "alice", "--overlap", "1h");
            while (server.models(replaced).statusCode() != 200) {
                Thread.sleep(20);
            }
            assertThat(server.models(key).statusCode()).isEqualTo(200);
            String newest = keys("rotate", "alice");
            while (server.models(newest).statusCode() != 200) {
                Thread.sleep(20);
            }
            assertThat(server.models(key).statusCode()).isEqualTo(401);
            assertThat(server.models(replaced).statusCode()).isEqualTo(401);

            try (Socket socket = new Socket(server.url.getHost(), server.url.getPort())) {
                socket.getOutputStream()
                        .write(
                                ("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                                                + newest
                                                + "\r\nConnection: close\r\nContent-Length: "
                                                + LONG.length()
                                                + "\r\n\r\n"
                                                + LONG)
                                        .getBytes(StandardCharsets.UTF_8));
                InputStream in = socket.getInputStream();
                assertThat(in.readNBytes(500)).hasSize(500);
                keys("revoke", "alice");
                assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                        .contains("The API key has been revoked.")
                        .doesNotContain("[DONE]");
            }
            assertThat(server.chat(newest).body()).contains("API key alice is revoked");
            assertThat(server.send("/v1/models", "").statusCode())
                    .as("a server whose last key is revoked stays closed")
                    .isEqualTo(401);
            keys("prune");
            while (server.send("/v1/models", "").statusCode() != 200) {
                Thread.sleep(20);
            }
        }
    }

    @Test
    void limitsChangeWhileTheServerRunsAndUsageNamesTheKey() throws Exception {
        String key = keys("create", "alice", "--concurrent", "3");
        try (Server server = new Server(Map.of())) {
            HttpResponse<String> free = server.chat(key);
            assertThat(free.statusCode()).isEqualTo(200);
            assertThat(free.headers().firstValue("x-ratelimit-limit-req-minute")).isEmpty();
            assertThat(keys("limit", "alice", "--requests-per-minute", "2"))
                    .endsWith("2 requests/min; 3 at a time.");
            while (server.models(key)
                    .headers()
                    .firstValue("x-ratelimit-limit-req-minute")
                    .isEmpty()) {
                Thread.sleep(20);
            }
            assertThat(server.chat(key).statusCode()).isEqualTo(200);
            assertThat(server.chat(key).statusCode()).isEqualTo(200);
            assertThat(server.chat(key).statusCode()).isEqualTo(429);
            keys("limit", "alice", "--requests-per-minute", "none", "--concurrent", "none");
            while (server.chat(key).statusCode() != 200) {
                Thread.sleep(20);
            }
        }
        assertThat(keys("list")).contains("no limits");
        assertThat(
                        CommandCall.run(
                                0,
                                "usage",
                                "--by",
                                "key",
                                "--format",
                                "csv",
                                "--ledger",
                                "" + database))
                .startsWith("key,name,requests,")
                .containsPattern("\nkey_[0-9a-f]{12},alice,\\d+,");
    }

    /** Only create makes a database; the others would leave an empty one where a path is wrong. */
    @Test
    void commandsThatReadMakeNoDatabaseAndFollowTheConfigurationFile() throws Exception {
        assertThat(keys("list")).startsWith("There are no keys");
        assertThat(CommandCall.run(1, "keys", "limit", "bob", "--ledger", "" + database))
                .contains("say which limit to change");
        assertThat(CommandCall.run(1, "keys", "revoke", "bob", "--ledger", "" + database))
                .contains("there is no database at " + database);
        assertThat(database).doesNotExist();
        Path config =
                Files.writeString(folder.resolve("my.toml"), "ledger = \"" + database + "\"\n");
        assertThat(CommandCall.run(0, "keys", "create", "bob", "--config", "" + config))
                .containsPattern("Created key bob \\(key_[0-9a-f]{12}\\) in the database ")
                .contains(" " + database + ".");
        assertThat(keys("list")).contains("bob");
        assertThat(CommandCall.run(0, "usage", "--config", "" + config)).startsWith("day");
        assertThat(CommandCall.run(1, "replay", "x", "--config", "" + config))
                .contains("there is no request x in " + database);
        assertThat(CommandCall.run(1, "keys", "revoke", "\u001b[2J", "--config", "" + config))
                .contains("there is no key \\u001b[2J");
        assertThat(CommandCall.run(1, "keys", "list", "--ledger", "NONE")).contains("not in none");
    }

    @Test
    void aKeyEndsWhenItExpires() throws Exception {
        String text = ApiKey.create(new Random(3));
        try (Server server = new Server(Map.of());
                Connection connection = Database.open(new DatabaseUrl.Sqlite(database)).connect()) {
            long now = System.currentTimeMillis();
            StoredKey key =
                    new StoredKey(
                            "key_1",
                            "brief",
                            new StoredKey.Secret(ApiKey.sha256(text), Optional.empty()),
                            new StoredKey.Lifetime(
                                    now,
                                    Optional.of(now + 3_000),
                                    Optional.empty(),
                                    Optional.empty()),
                            new StoredKey.Scope(Set.of(), false, FieldSet.MISTRAL),
                            KeyLimits.NONE);
            assertThat(new KeyTable(connection).create(key)).isTrue();
            String answer = server.models(text).body();
            while (!answer.contains("API key brief has expired")) {
                Thread.sleep(20);
                answer = server.models(text).body();
            }
            assertThat(System.currentTimeMillis()).isGreaterThanOrEqualTo(now + 3_000);
        }
        assertThat(keys("list", "--format", "json")).contains("\"state\" : \"expired\"");
    }

    @Test
    void tokensOfAMonthSurviveAKill() throws Exception {
        String key = keys("create", "ci", "--tokens-per-month", "500");
        long left;
        try (Server server = new Server(Map.of())) {
            left = monthLeft(server.chat(key));
            assertThat(left).isBetween(400L, 499L);
            server.kill();
        }
        try (Server server = new Server(Map.of())) {
            JsonNode first = JsonMapper.shared().readTree(server.chat(key).body());
            assertThat(monthLeft(server.chat(key)))
                    .isEqualTo(left - 2 * first.at("/usage/total_tokens").longValue());
        }
    }

    /** Read from a later answer, since an answer's own tokens are settled after it is sent. */
    private static long monthLeft(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        long reserved =
                answer.headers()
                        .firstValueAsLong("x-ratelimit-remaining-tokens-month")
                        .orElseThrow();
        JsonNode usage = JsonMapper.shared().readTree(answer.body()).get("usage");
        long cost = usage.get("prompt_tokens").longValue() + 4;
        return reserved + cost - usage.get("total_tokens").longValue();
    }

    /** Two markers look like a key and like a prompt; nothing that is kept may show them. */
    @Test
    void keysAndPromptsAreKeptNowhere() throws Exception {
        String key = keys("create", "marked");
        String given = "givenKeyMarker4711";
        String prompt = "promptMarker0815";
        Path logging = folder.resolve("logging.properties");
        Files.writeString(
                logging,
                """
                handlers = java.util.logging.ConsoleHandler
                java.util.logging.ConsoleHandler.level = FINEST
                .level = FINEST
                org.eclipse.jetty.level = FINEST
                org.eclipse.jetty.http.level = FINEST
                org.eclipse.jetty.server.level = FINEST
                """);
        String shown;
        String said;
        try (Server server =
                new Server(
                        Map.of(ServerKeys.VARIABLE, given),
                        "-Djava.util.logging.config.file=" + logging)) {
            for (String secret : List.of(key, given)) {
                ask(server, secret, prompt);
            }
            shown =
                    server.send("/tramontane/requests", "", "authorization", "Bearer " + given)
                            .body();
            assertThat(shown).contains("\"object\":\"request\"");
            ProcessHandle.Info process = server.process.info();
            shown +=
                    process.commandLine().orElse("")
                            + String.join(" ", process.arguments().orElse(new String[0]));
            said = server.end();
        }
        assertThat(said).contains("Listening on").contains("FINE");
        for (String secret : List.of(key, key.substring(4, 40), given, prompt)) {
            assertThat(said).as("output").doesNotContain(secret);
            assertThat(shown).as("request log, process list").doesNotContain(secret);
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file :
                        files.filter(each -> each.toString().contains("keys.db")).toList()) {
                    assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                            .as(file.toString())
                            .doesNotContain(secret);
                }
            }
        }
    }

    private static void ask(Server server, String key, String prompt) throws Exception {
        String path = "/v1/chat/completions";
        String chat = QUESTION.replace("\"a\"", "\"" + prompt + "\"");
        List<String[]> headers =
                List.of(
                        new String[] {"authorization", "Bearer " + key},
                        new String[] {"authorization", "bearer   " + key + " "},
                        new String[] {"authorization", "Basic " + key},
                        new String[] {"authorization", key},
                        new String[] {"authorization", "Bearer " + key + "x"},
                        new String[] {"x-api-key", key},
                        new String[] {"cookie", "key=" + key});
        List<String> bodies =
                List.of(
                        chat,
                        chat.replace("}]", "}],\"stream\":true"),
                        chat.replace(
                                "\"max_tokens\"", "\"api_key\":\"" + key + "\",\"max_tokens\""),
                        chat.replace("\"messages\"", "\"" + prompt + "\""),
                        chat.replace("user", prompt),
                        chat.replace("4}", "\"" + prompt + "\"}"),
                        chat.replace("4}", prompt + "}"),
                        chat.replace("\"" + prompt + "\"", prompt),
                        "{\"model\":\"tiny\",\"messages\":\"" + prompt + "\"}",
                        "{\"model\":\"tiny\",\"prompt\":\"" + prompt + "\"}",
                        prompt,
                        "{\"" + prompt + "\":");
        for (String[] header : headers) {
            for (String body : bodies) {
                int status = server.send(path, body, header).statusCode();
                assertThat(status).as("%s %s", header[0], body).isLessThan(500);
            }
        }
        for (String address :
                List.of("/tramontane/inspect", "/v1/fim/completions", "/v1/models", "/none")) {
            for (String query : List.of("", "?api_key=" + key, "?key=" + key + "&" + prompt)) {
                String body = address.contains("none") ? "" : chat;
                server.send(address + query, body, headers.getFirst());
                server.send(address + query, body);
            }
        }
        raw(server, "GET / HTTP/1.1\r\nAuthorization Bearer " + key + "\r\n\r\n");
        raw(server, "GET / HTTP/9.1\r\nAuthorization: Bearer " + key + "\r\n\r\n");
        raw(server, key + " " + prompt + "\r\n\r\n");
        raw(
                server,
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                        + key
                        + "\r\nContent-Length: 900\r\n\r\n{\""
                        + prompt);
    }

    /** Sends what no HTTP client would, and leaves. */
    private static void raw(Server server, String text) throws IOException {
        try (Socket socket = new Socket(server.url.getHost(), server.url.getPort())) {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            socket.shutdownOutput();
            socket.getInputStream().readAllBytes();
        } catch (java.net.SocketException reset) {
            // The server may close at once.
            assertThat(reset).isNotNull();
        }
    }
}

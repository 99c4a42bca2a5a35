package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/** {@code serve} with models of other servers. */
@DisabledOnOs(OS.WINDOWS)
class UpstreamProcessTest {
    private static final String KEY = "key-of-the-upstream";

    @TempDir Path folder;

    private static HttpResponse<String> ask(
            HttpClient client, URI url, String model, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(url.resolve("/v1/chat/completions"));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(
                request.POST(
                                HttpRequest.BodyPublishers.ofString(
                                        "{\"model\":\""
                                                + model
                                                + "\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static String models(HttpClient client, URI url)
            throws IOException, InterruptedException {
        return client.send(
                        HttpRequest.newBuilder(url.resolve("/v1/models")).build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private static URI url(RunningProgram server) throws IOException {
        URI url = server.url();
        server.await("French painter");
        return url;
    }

    @Test
    void theKeyOfAnUpstreamIsSentThereAndShownNowhere() throws Exception {
        Path logging = folder.resolve("logging.properties");
        Files.writeString(
                logging,
                """
                handlers = java.util.logging.ConsoleHandler
                java.util.logging.ConsoleHandler.level = FINEST
                .level = FINEST
                org.apache.hc.level = FINEST
                org.apache.hc.client5.http.wire.level = FINEST
                org.apache.hc.client5.http.headers.level = FINEST
                """);
        try (FaultyUpstream upstream = new FaultyUpstream(FaultyUpstream.answering("far"))) {
            String[] flags = {
                "--upstream",
                "big=vllm+" + upstream.uri() + "/v1/",
                "--upstream-model",
                "big=tiny",
                "--upstream-key",
                "big=env:KEY_THERE",
                "--port",
                "0",
                "--log-requests"
            };
            Map<String, String> environment =
                    Map.of(
                            "HOME",
                            folder.toString(),
                            "KEY_THERE",
                            KEY,
                            "TRAMONTANE_LEDGER",
                            "none");
            try (RunningProgram server =
                            RunningProgram.serve(
                                    environment,
                                    List.of("-Djava.util.logging.config.file=" + logging),
                                    flags);
                    HttpClient client = HttpClient.newHttpClient()) {
                URI url = url(server);
                assertThat(ask(client, url, "big").body()).contains("\"content\":\"far\"");
                assertThat(ask(client, url, "mistral-small-latest").body())
                        .contains("\"content\":\"far\"");
                assertThat(upstream.requests.getFirst())
                        .containsIgnoringCase("authorization: Bearer " + KEY)
                        .contains("\"model\":\"tiny\"");
                assertThat(server.terminate()).isTrue();
                server.awaitEnd();
                assertThat(server.said())
                        .contains("Model big runs on 127.0.0.1:")
                        .contains("FINE")
                        .doesNotContain(KEY)
                        .doesNotContain("\"hi\"")
                        .doesNotContain("\"far\"");
            }
            String[] show = new String[flags.length + 1];
            show[0] = "config";
            System.arraycopy(flags, 0, show, 1, flags.length);
            try (RunningProgram config = RunningProgram.start(environment, show)) {
                assertThat(config.awaitEnd()).isZero();
                assertThat(config.said())
                        .contains("upstream-key = [\"big=env:KEY_THERE\"]")
                        .doesNotContain(KEY);
            }
        }
    }

    @Test
    void upstreamsChangeWithTheFile() throws Exception {
        Path model = TinyModel.of(Architecture.LLAMA).write(folder.resolve("near.gguf"));
        Path file = folder.resolve("my.toml");
        String fixed = "model = \"" + model + "\"\nport = 0\nledger = \"none\"\n";
        try (FaultyUpstream upstream = new FaultyUpstream(FaultyUpstream.answering("far"))) {
            String with =
                    fixed
                            + "upstream = \"big=vllm+"
                            + upstream.uri()
                            + "\"\nupstream-model = \"big=tiny\"\nalias = \"large=big\"\n";
            Files.writeString(file, fixed);
            try (RunningProgram server =
                            RunningProgram.serve(
                                    Map.of(
                                            "HOME",
                                            folder.toString(),
                                            "TRAMONTANE_CONFIG",
                                            file.toString()),
                                    List.of());
                    HttpClient client = HttpClient.newHttpClient()) {
                URI url = url(server);
                assertThat(models(client, url)).contains("\"near\"").doesNotContain("\"big\"");
                Files.writeString(file, with);
                server.await("Changed: upstream, upstream-model, alias.");
                assertThat(models(client, url)).contains("\"near\"", "\"big\"");
                assertThat(ask(client, url, "large").body()).contains("\"content\":\"far\"");
                Files.writeString(
                        file,
                        with + "upstream-key = \"big=file:" + folder.resolve("absent") + "\"\n");
                server.await("The settings stay as they were: `upstream-key` in " + file);
                assertThat(server.said()).contains(" line 7, big: cannot read ");
                assertThat(ask(client, url, "big").statusCode()).isEqualTo(200);
                Files.writeString(file, fixed);
                server.await("Changed: upstream, upstream-model, alias.");
                assertThat(models(client, url)).contains("\"near\"").doesNotContain("\"big\"");
                assertThat(ask(client, url, "big").statusCode()).isEqualTo(400);
            }
        }
    }

    private static String run(String... command) {
        StringWriter out = new StringWriter();
        CommandLine commands = Commands.of(command);
        commands.setOut(new PrintWriter(out, true));
        assertThat(commands.execute(command)).isZero();
        return out.toString().strip();
    }

    private static void leaveAfterTheFirstByte(HttpClient client, URI url, String key)
            throws IOException, InterruptedException {
        HttpResponse<InputStream> answer =
                client.send(
                        HttpRequest.newBuilder(url.resolve("/v1/chat/completions"))
                                .header("authorization", "Bearer " + key)
                                .POST(
                                        HttpRequest.BodyPublishers.ofString(
                                                "{\"model\":\"tiny\",\"stream\":true,\"max_tokens\":500,"
                                                        + "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"))
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = answer.body()) {
            assertThat(body.read()).isPositive();
        }
    }

    @Test
    void aChangedKeyFileCountsAlthoughNoSettingHasChanged() throws Exception {
        Path key = Files.writeString(folder.resolve("upstream.key"), "first-key");
        try (FaultyUpstream upstream = new FaultyUpstream(FaultyUpstream.answering("far"));
                RunningProgram server =
                        RunningProgram.serve(
                                Map.of("HOME", folder.toString(), "TRAMONTANE_LEDGER", "none"),
                                List.of(),
                                "--upstream",
                                "tiny=vllm+" + upstream.uri(),
                                "--upstream-key",
                                "tiny=file:" + key,
                                "--port",
                                "0");
                HttpClient client = HttpClient.newHttpClient()) {
            URI url = url(server);
            assertThat(ask(client, url, "tiny").statusCode()).isEqualTo(200);
            Files.writeString(key, "the-second-key");
            server.await("Settings were read again");
            assertThat(ask(client, url, "tiny").statusCode()).isEqualTo(200);
            assertThat(upstream.requests.getFirst()).contains("Bearer first-key");
            assertThat(upstream.requests.getLast()).contains("Bearer the-second-key");
        }
    }

    @Test
    void keysLimitsAndTheLedgerCountTheUsageOfTheUpstream() throws Exception {
        String ledger = folder.resolve("ledger.db").toString();
        String key =
                run("keys", "create", "alice", "--tokens-per-minute", "2000", "--ledger", ledger);
        try (FaultyUpstream upstream = new FaultyUpstream(FaultyUpstream.answering("far"));
                RunningProgram server =
                        RunningProgram.serve(
                                Map.of("HOME", folder.toString()),
                                List.of(),
                                "--upstream",
                                "tiny=vllm+" + upstream.uri(),
                                "--ledger",
                                ledger,
                                "--port",
                                "0");
                HttpClient client = HttpClient.newHttpClient()) {
            URI url = url(server);
            assertThat(ask(client, url, "tiny").statusCode()).isEqualTo(401);
            HttpResponse<String> answer =
                    ask(client, url, "tiny", "authorization", "Bearer " + key);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.headers().firstValue("x-ratelimit-tokens-query-cost")).contains("8");
            assertThat(upstream.requests).hasSize(1);
            assertThat(upstream.requests.getFirst()).doesNotContain(key);
            assertThat(run("usage", "--by", "key", "--format", "csv", "--ledger", ledger))
                    .contains(",alice,1,1,5,2,3,");
            upstream.then(connection -> {
                connection.stream();
                connection.data(
                        "{'choices':[{'index':0,'delta':{'content':'far'},'finish_reason':null}],"
                                + "'usage':{'prompt_tokens':700,'completion_tokens':20}}");
                connection.awaitClosed();
            });
            leaveAfterTheFirstByte(client, url, key);
            String used = "";
            while (!used.contains(",alice,2,")) {
                Thread.sleep(20);
                used = run("usage", "--by", "key", "--format", "csv", "--ledger", ledger);
            }
            assertThat(used).contains(",705,2,23,");
            // What the upstream refuses costs the key nothing, so its row has no tokens.
            upstream.then(connection -> connection.status("400 Bad Request", "{}"));
            assertThat(ask(client, url, "tiny", "authorization", "Bearer " + key).statusCode())
                    .isEqualTo(400);
            while (!used.contains(",alice,3,")) {
                Thread.sleep(20);
                used = run("usage", "--by", "key", "--format", "csv", "--ledger", ledger);
            }
            assertThat(used).contains(",alice,3,1,705,2,23,");
        }
    }
}

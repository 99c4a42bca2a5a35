package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.ObjectReference;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.AttachingConnector;
import com.sun.jdi.connect.Connector;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/** {@code serve} as a process of its own: what it says, what it needs, and how it ends. */
@DisabledOnOs(OS.WINDOWS)
class ServeProcessTest {
    private static final String KEY = "correct-horse-battery-staple";
    private static final String QUESTION =
            """
            {"model": "tiny", "messages": [{"role": "user", "content": "a"}], "max_tokens": 4, "stream": %s}
            """;

    @TempDir Path folder;
    private Path model;

    @BeforeEach
    void write() {
        model = TinyModel.of(Architecture.LLAMA).write(folder.resolve("tiny.gguf"));
    }

    @Test
    void aPortInUseIsSaidBeforeAModelIsFetchedOrLoaded() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = "" + taken.getLocalPort();
            for (String name : List.of(model.toString(), "smollm2-135m")) {
                Map<String, String> environment =
                        Map.of(
                                "TRAMONTANE_MODELS",
                                folder.resolve("none").toString(),
                                "TRAMONTANE_HUBS",
                                "http://127.0.0.1:1");
                try (RunningProgram server =
                        RunningProgram.serve(
                                environment, List.of(), "--model", name, "--port", port)) {
                    assertThat(server.awaitEnd()).isEqualTo(1);
                    assertThat(server.said())
                            .contains("cannot listen on 127.0.0.1:" + port)
                            .contains("--port 0 takes a free port")
                            .doesNotContain("Loading", "Fetching");
                }
            }
            assertThat(folder.resolve("none")).doesNotExist();
        }
    }

    /** Below a device no directory can be made, whoever tries. */
    @Test
    void withoutAHomeItServesAndPrintsNoKey() throws Exception {
        Map<String, String> nowhere = Map.of("HOME", "/dev/null/home");
        String[] locked = {"--model", model.toString(), "--port", "0", "--api-key", KEY};
        try (RunningProgram server = RunningProgram.serve(nowhere, List.of(), locked);
                HttpClient client = HttpClient.newHttpClient()) {
            URI url = url(server);
            server.await("French painter");
            assertThat(server.said())
                    .doesNotContain(KEY)
                    .contains("the one you gave", "Bearer YOUR_KEY");
            assertThat(post(client, url, "false").statusCode()).isEqualTo(401);
            assertThat(get(client, url.resolve("/health")).statusCode()).isEqualTo(200);
        }
        try (RunningProgram server =
                RunningProgram.serve(
                        nowhere, List.of(), "--model", model.toString(), "--port", "0")) {
            server.await("Listening on");
        }
        try (RunningProgram server =
                RunningProgram.serve(
                        nowhere,
                        List.of(),
                        "--model",
                        model.toString(),
                        "--host",
                        "0.0.0.0",
                        "--port",
                        "0")) {
            assertThat(server.awaitEnd()).isEqualTo(1);
            assertThat(server.said())
                    .contains("give a key with --api-key or in TRAMONTANE_API_KEY");
        }
    }

    @Test
    void packedWeightsAreKeptWhereItIsAskedFor() throws Exception {
        Path place = Files.createDirectory(folder.resolve("place"));
        for (String where : List.of("on", place.toString())) {
            for (String said : List.of("the next load reads them", "Packed weights are read")) {
                try (RunningProgram server =
                        RunningProgram.serve(
                                Map.of(),
                                List.of(),
                                "--model",
                                model.toString(),
                                "--port",
                                "0",
                                "--packed-cache",
                                where)) {
                    server.await(said);
                }
            }
        }
        assertThat(folder.resolve("tiny.gguf.packed")).isRegularFile();
        try (Stream<Path> files = Files.list(place)) {
            assertThat(files).hasSize(1);
        }
        try (RunningProgram server =
                RunningProgram.serve(
                        Map.of(),
                        List.of(),
                        "--model",
                        model.toString(),
                        "--packed-cache",
                        folder.resolve("nowhere").toString())) {
            assertThat(server.awaitEnd()).isEqualTo(1);
            assertThat(server.said()).contains("nowhere: neither on, nor off, nor a folder");
        }
    }

    @Test
    void aDefaultStartNamesABetterModelThatFits() throws Exception {
        Path store = Files.createDirectories(folder.resolve("store"));
        Path standard = Files.copy(model, store.resolve("qwen2.5-coder-0.5b.gguf"));
        String sum =
                HexFormat.of()
                        .formatHex(
                                MessageDigest.getInstance("SHA-256")
                                        .digest(Files.readAllBytes(standard)));
        Files.writeString(
                store.resolve("qwen2.5-coder-0.5b.json"),
                """
                {"name": "qwen2.5-coder-0.5b", "source": "a test", "bytes": %d, "sha256": "%s",
                 "pulledAt": "2026-11-30T00:00:00Z"}\
                """
                        .formatted(Files.size(standard), sum));
        Map<String, String> environment = Map.of("TRAMONTANE_MODELS", store.toString());
        String[] large = {"--port", "0", "--memory-budget", "7000"};
        try (RunningProgram server = RunningProgram.serve(environment, List.of(), large)) {
            server.await("serve --model ");
            assertThat(server.terminate()).isTrue();
            server.awaitEnd();
            assertThat(server.said())
                    .contains("This model is small, for trying.")
                    .contains(
                            "serve --model ministral-3-8b    (fetches 6.1 GB, takes 7.1 GB of memory)");
        }
        String[] small = {"--port", "0", "--memory-budget", "1000"};
        try (RunningProgram server = RunningProgram.serve(environment, List.of(), small)) {
            server.await("French painter");
            assertThat(server.terminate()).isTrue();
            server.awaitEnd();
            assertThat(server.said()).doesNotContain("for trying");
        }
    }

    @Test
    void itsOwnKeyIsShownToALogAsAPath() throws Exception {
        try (RunningProgram server =
                RunningProgram.serve(
                        Map.of("HOME", folder.toString()),
                        List.of(),
                        "--model",
                        model.toString(),
                        "--host",
                        "0.0.0.0",
                        "--port",
                        "0")) {
            server.await("French painter");
            Path file = folder.resolve(".config/tramontane/key");
            assertThat(server.said())
                    .contains("in the file " + file)
                    .doesNotContain(Files.readString(file).strip());
        }
    }

    @Test
    void withTelemetryItLogsJsonOpensMetricsAndSendsTraces() throws Exception {
        try (OtlpReceiver collector = OtlpReceiver.start()) {
            Map<String, String> environment =
                    Map.of(
                            "HOME", folder.toString(),
                            "OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint());
            String[] arguments = {
                "--model",
                model.toString(),
                "--port",
                "0",
                "--api-key",
                KEY,
                "--open-metrics",
                "--log-format",
                "json"
            };
            try (RunningProgram server = RunningProgram.serve(environment, List.of(), arguments);
                    HttpClient client = HttpClient.newHttpClient()) {
                URI url = url(server);
                server.await("French painter");
                HttpRequest question =
                        HttpRequest.newBuilder(url.resolve("/v1/chat/completions"))
                                .header("authorization", "Bearer " + KEY)
                                .POST(
                                        HttpRequest.BodyPublishers.ofString(
                                                QUESTION.formatted("true")))
                                .build();
                HttpResponse<String> answer = client.send(question, BodyHandlers.ofString());
                assertThat(answer.statusCode()).isEqualTo(200);
                JsonNode line =
                        JsonMapper.shared()
                                .readTree(server.await("\"logger\":\"tramontane.access\""));
                assertThat(line.get("request_id").stringValue())
                        .isEqualTo(
                                answer.headers()
                                        .firstValue("mistral-correlation-id")
                                        .orElseThrow());
                assertThat(line.get("trace_id").stringValue()).hasSize(32);
                assertThat(get(client, url.resolve("/v1/models")).statusCode()).isEqualTo(401);
                assertThat(get(client, url.resolve("/metrics")).body())
                        .contains("vllm:num_requests_waiting{model_name=\"tiny\"} 0");
                // Unlike Process.destroy, this leaves the streams open.
                assertThat(server.terminate()).isTrue();
                int unused = server.awaitEnd();
                assertThat(collector.spans)
                        .hasSize(5)
                        .allMatch(
                                span -> span.traceId().equals(line.get("trace_id").stringValue()));
                assertThat(server.said()).doesNotContain(KEY);
            }
        }
    }

    /** Start-up must not pay for what is not used. */
    @Test
    void itLoadsNoTelemetryBeforeItIsNeeded() throws Exception {
        Path classes = folder.resolve("classes.txt");
        List<String> log = List.of("-Xlog:class+load:file=" + classes);
        try (RunningProgram server =
                        RunningProgram.serve(
                                Map.of("HOME", folder.toString()),
                                log,
                                "--model",
                                model.toString(),
                                "--port",
                                "0");
                HttpClient client = HttpClient.newHttpClient()) {
            URI url = url(server);
            assertThat(loaded(classes, "tramontane.endpoint.Observed")).isNotEmpty();
            assertThat(loaded(classes, "io.prometheus")).isEmpty();
            assertThat(post(client, url, "false").statusCode()).isEqualTo(200);
            assertThat(get(client, url.resolve("/metrics")).statusCode()).isEqualTo(200);
            assertThat(loaded(classes, "io.prometheus")).isNotEmpty();
            assertThat(loaded(classes, "io.opentelemetry")).isEmpty();
        }
    }

    private static List<String> loaded(Path log, String prefix) throws IOException {
        return Files.readAllLines(log).stream()
                .map(line -> line.replaceFirst("^.*] ", "").replaceFirst(" source.*", ""))
                .filter(name -> name.startsWith(prefix))
                .toList();
    }

    @Test
    void wrongTelemetrySettingsAreNamed() throws Exception {
        Map<String, String> wrong =
                Map.of("HOME", folder.toString(), "OTEL_TRACES_SAMPLER", "sometimes");
        for (List<String> given :
                List.of(
                        List.of("--log-format", "xml", "'xml' is not text or json"),
                        List.of("--otlp-endpoint", "nowhere", "nowhere is no base URL"),
                        List.of("--otlp-endpoint", "http://a b", "http://a b is no base URL"),
                        List.of(
                                "--otlp-endpoint",
                                "http://127.0.0.1:1",
                                "OpenTelemetry cannot start: Unrecognized value for otel.traces.sampler"))) {
            try (RunningProgram server =
                    RunningProgram.serve(
                            wrong,
                            List.of(),
                            "--model",
                            model.toString(),
                            "--port",
                            "0",
                            given.get(0),
                            given.get(1))) {
                assertThat(server.awaitEnd()).as(given.toString()).isNotEqualTo(0);
                assertThat(server.said()).contains(given.get(2)).doesNotContain("\tat ");
            }
        }
    }

    @Test
    void anEngineThatFailedIsStartedAgain() throws Exception {
        try (RunningProgram server = debugged();
                HttpClient client = HttpClient.newHttpClient()) {
            URI url = failing(server, "tramontane-engine", client);
            server.await("Model tiny cannot answer: the engine failed: ");
            server.await("The engine failed and accepts no more requests.");
            server.await("Loaded model tiny (llama on ");
            assertThat(post(client, url, "false").statusCode()).isEqualTo(200);
        }
    }

    /** Without the thread that watches the keys, a revoked key would stay valid. */
    @Test
    void afterABackgroundThreadFailedItEndsWithAnError() throws Exception {
        try (RunningProgram server = debugged();
                HttpClient client = HttpClient.newHttpClient()) {
            failing(server, "tramontane-keys", client);
            assertThat(server.awaitEnd()).isEqualTo(1);
            assertThat(server.said())
                    .containsPattern(
                            "tramontane: the thread tramontane-keys failed: java.lang.*; the server ends");
        }
    }

    private RunningProgram debugged() throws IOException {
        String agent = "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:0";
        return RunningProgram.serve(
                Map.of("HOME", folder.toString()),
                List.of(agent),
                "--model",
                model.toString(),
                "--port",
                "0");
    }

    /** A debugger throws into the thread what a full heap would; returns the server's address. */
    private static URI failing(RunningProgram server, String thread, HttpClient client)
            throws Exception {
        String debugger = server.await("dt_socket at address").replaceAll("\\D", "");
        URI url = url(server);
        assertThat(post(client, url, "false").statusCode()).isEqualTo(200);
        stop(debugger, thread);
        return url;
    }

    private static void stop(String port, String thread) throws Exception {
        AttachingConnector connector =
                Bootstrap.virtualMachineManager().attachingConnectors().stream()
                        .filter(each -> each.name().equals("com.sun.jdi.SocketAttach"))
                        .findFirst()
                        .orElseThrow();
        Map<String, Connector.Argument> arguments = connector.defaultArguments();
        arguments.forEach((name, argument) -> {
            switch (name) {
                case "hostname" -> argument.setValue("127.0.0.1");
                case "port" -> argument.setValue(port);
                default -> {}
            }
        });
        VirtualMachine machine = connector.attach(arguments);
        ThreadReference found =
                machine.allThreads().stream()
                        .filter(each -> each.name().equals(thread))
                        .findFirst()
                        .orElseThrow();
        // The virtual machine keeps some of these ready for when there is no room to make one.
        ObjectReference error =
                machine.classesByName("java.lang.OutOfMemoryError")
                        .getFirst()
                        .instances(1)
                        .getFirst();
        found.stop(error);
        machine.dispose();
    }

    private static URI url(RunningProgram server) throws IOException {
        return URI.create(server.await("Listening on").replaceFirst(".*(http:.*)", "$1"));
    }

    private static HttpResponse<String> get(HttpClient client, URI uri)
            throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(HttpClient client, URI url, String stream)
            throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(url.resolve("/v1/chat/completions"))
                        .POST(HttpRequest.BodyPublishers.ofString(QUESTION.formatted(stream)))
                        .build(),
                BodyHandlers.ofString());
    }
}

package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.ObjectReference;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.AttachingConnector;
import com.sun.jdi.connect.Connector;
import java.io.BufferedReader;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
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

    /** A server process, and what it has said so far. */
    private static final class Server implements AutoCloseable {
        final List<String> said = new ArrayList<>();
        private final Process process;
        private final BufferedReader output;

        Server(Map<String, String> environment, List<String> jvm, String... arguments)
                throws IOException {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of("--add-modules=jdk.incubator.vector", "-Xmx512m"));
            command.add("--enable-native-access=ALL-UNNAMED");
            command.addAll(jvm);
            command.addAll(List.of("-cp", System.getProperty("java.class.path")));
            command.addAll(List.of(Main.class.getName(), "serve"));
            command.addAll(List.of(arguments));
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            for (String variable :
                    List.of("XDG_CONFIG_HOME", "XDG_CACHE_HOME", ServerKeys.VARIABLE)) {
                builder.environment().remove(variable);
            }
            builder.environment().putAll(environment);
            process = builder.start();
            output = process.inputReader();
        }

        /** Reads on to a line with this text; ends with the process at the latest. */
        String await(String text) throws IOException {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                said.add(line);
                if (line.contains(text)) {
                    return line;
                }
            }
            throw new AssertionError("the server did not say '" + text + "' but " + said);
        }

        int awaitEnd() throws IOException, InterruptedException {
            output.lines().forEach(said::add);
            return process.waitFor();
        }

        String all() {
            return String.join("\n", said);
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
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
                try (Server server =
                        new Server(environment, List.of(), "--model", name, "--port", port)) {
                    assertThat(server.awaitEnd()).isEqualTo(1);
                    assertThat(server.all())
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
        try (Server server = new Server(nowhere, List.of(), locked);
                HttpClient client = HttpClient.newHttpClient()) {
            URI url = url(server);
            server.await("French painter");
            assertThat(server.all()).doesNotContain(KEY).contains("the one you gave");
            assertThat(post(client, url, "false").statusCode()).isEqualTo(401);
            assertThat(get(client, url.resolve("/health")).statusCode()).isEqualTo(200);
        }
        try (Server server =
                new Server(nowhere, List.of(), "--model", model.toString(), "--port", "0")) {
            server.await("Listening on");
        }
        try (Server server =
                new Server(
                        nowhere,
                        List.of(),
                        "--model",
                        model.toString(),
                        "--host",
                        "0.0.0.0",
                        "--port",
                        "0")) {
            assertThat(server.awaitEnd()).isEqualTo(1);
            assertThat(server.all()).contains("give a key with --api-key or in TRAMONTANE_API_KEY");
        }
    }

    @Test
    void itsOwnKeyIsShownToALogAsAPath() throws Exception {
        try (Server server =
                new Server(
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
            assertThat(server.all())
                    .contains("in the file " + file)
                    .doesNotContain(Files.readString(file).strip());
        }
    }

    /** A debugger throws into the engine's thread what a full heap would. */
    @Test
    void afterItsEngineFailedItEndsWithAnError() throws Exception {
        String agent = "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:0";
        String[] arguments = {"--model", model.toString(), "--port", "0"};
        try (Server server =
                        new Server(Map.of("HOME", folder.toString()), List.of(agent), arguments);
                HttpClient client = HttpClient.newHttpClient()) {
            String debugger = server.await("dt_socket at address").replaceAll("\\D", "");
            URI url = url(server);
            assertThat(post(client, url, "false").statusCode()).isEqualTo(200);
            stopEngine(debugger);
            assertThat(server.awaitEnd()).isEqualTo(1);
            assertThat(server.all())
                    .containsPattern("tramontane: the engine failed: java.lang.*; the server ends");
        }
    }

    private static void stopEngine(String port) throws Exception {
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
        ThreadReference engine =
                machine.allThreads().stream()
                        .filter(thread -> thread.name().equals("tramontane-engine"))
                        .findFirst()
                        .orElseThrow();
        // The virtual machine keeps some of these ready for when there is no room to make one.
        ObjectReference error =
                machine.classesByName("java.lang.OutOfMemoryError")
                        .getFirst()
                        .instances(1)
                        .getFirst();
        engine.stop(error);
        machine.dispose();
    }

    private static URI url(Server server) throws IOException {
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

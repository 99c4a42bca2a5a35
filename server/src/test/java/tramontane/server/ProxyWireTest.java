package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.upstream.UpstreamKind;

/** Streams through real proxies, with the configurations that are in deploy/proxy. */
class ProxyWireTest {
    private static final int PATIENCE_MILLIS = 60_000;

    @TempDir Path folder;

    /**
     * The upstream writes the second word only when the client has read the first: a proxy that
     * holds events back stops the stream, and the client's patience ends.
     */
    private static void passesEventsOn(int port, CountDownLatch seen) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            RawHttp.write(
                    socket,
                    RawHttp.request(
                            "{'model':'tiny','stream':true,'messages':[{'role':'user','content':'hi'}]}"));
            BufferedReader lines =
                    new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            StringBuilder all = new StringBuilder();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                all.append(line).append('\n');
                if (line.contains("first")) {
                    seen.countDown();
                }
                if (line.equals("data: [DONE]")) {
                    break;
                }
            }
            assertThat(all.toString()).contains("text/event-stream", "second", "data: [DONE]");
        }
    }

    private static FaultyUpstream waiting(CountDownLatch seen) {
        return new FaultyUpstream(connection -> {
            connection.stream();
            connection.text("first");
            seen.await();
            connection.text("second");
            connection.end("stop");
        });
    }

    /** The program, if it is on the PATH or where Debian has programs for administrators. */
    private static Optional<Path> program(String name) {
        return Stream.concat(Stream.of(System.getenv("PATH").split(":")), Stream.of("/usr/sbin"))
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** The file of deploy/proxy, with other ports. */
    private String configuration(String name, int listen, int server) throws IOException {
        return Files.readString(Checkout.path("deploy/proxy/" + name))
                .replace("127.0.0.1:8080", "127.0.0.1:" + listen)
                .replace("127.0.0.1:8000", "127.0.0.1:" + server);
    }

    private static void awaitOpen(Process process, int port)
            throws IOException, InterruptedException {
        while (true) {
            try (Socket socket = new Socket("127.0.0.1", port)) {
                return;
            } catch (SocketException closed) {
                assertThat(process.isAlive()).as("the proxy runs").isTrue();
                Thread.sleep(10);
            }
        }
    }

    private void streamsThrough(int port, List<String> command, CountDownLatch seen)
            throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("log").toFile())
                        .start();
        try {
            awaitOpen(process, port);
            passesEventsOn(port, seen);
        } finally {
            process.destroy();
            process.waitFor();
        }
    }

    @Test
    void nginxPassesEventsOn() throws IOException, InterruptedException {
        Optional<Path> nginx = program("nginx");
        assumeTrue(nginx.isPresent(), "needs nginx");
        CountDownLatch seen = new CountDownLatch(1);
        int port = freePort();
        try (FaultyUpstream upstream = waiting(seen);
                ServerUnderTest server = gatewayOf(upstream)) {
            String around =
                    "pid %1$s/pid; error_log stderr; events {} http { access_log off;"
                            + " client_body_temp_path %1$s/body; proxy_temp_path %1$s/proxy;"
                            + " fastcgi_temp_path %1$s/f; uwsgi_temp_path %1$s/u; scgi_temp_path %1$s/s;%n%2$s}";
            Path file = folder.resolve("nginx.conf");
            Files.writeString(
                    file,
                    around.formatted(
                            folder, configuration("nginx.conf", port, server.uri("").getPort())));
            streamsThrough(
                    port,
                    List.of(
                            nginx.get().toString(),
                            "-p",
                            folder.toString(),
                            "-c",
                            file.toString(),
                            "-g",
                            "daemon off;"),
                    seen);
        }
    }

    @Test
    void haproxyPassesEventsOn() throws IOException, InterruptedException {
        Optional<Path> haproxy = program("haproxy");
        assumeTrue(haproxy.isPresent(), "needs haproxy");
        CountDownLatch seen = new CountDownLatch(1);
        int port = freePort();
        try (FaultyUpstream upstream = waiting(seen);
                ServerUnderTest server = gatewayOf(upstream)) {
            Path file = folder.resolve("haproxy.cfg");
            Files.writeString(file, configuration("haproxy.cfg", port, server.uri("").getPort()));
            streamsThrough(port, List.of(haproxy.get().toString(), "-f", file.toString()), seen);
        }
    }

    @Test
    void anotherGatewayPassesEventsOn() throws IOException, InterruptedException {
        CountDownLatch seen = new CountDownLatch(1);
        try (FaultyUpstream upstream = waiting(seen);
                ServerUnderTest replica = gatewayOf(upstream);
                ServerUnderTest gateway =
                        UpstreamWireTest.gateway(
                                UpstreamWireTest.model(
                                        "tiny",
                                        UpstreamKind.TRAMONTANE,
                                        UpstreamWireTest.TIMES,
                                        replica.uri("")))) {
            passesEventsOn(gateway.uri("").getPort(), seen);
        }
    }

    private static ServerUnderTest gatewayOf(FaultyUpstream upstream) throws IOException {
        return UpstreamWireTest.gateway(
                UpstreamWireTest.model(
                        "tiny", UpstreamKind.VLLM, UpstreamWireTest.TIMES, upstream.uri()));
    }
}

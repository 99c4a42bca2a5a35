package tramontane.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** A real server in a process of its own. */
final class PageServer implements AutoCloseable {
    static final Path ROOT = Path.of(System.getProperty("page.root"));

    private static final ConcurrentHashMap<String, PageServer> SHARED = new ConcurrentHashMap<>();

    private final Process process;
    private final HttpClient client = HttpClient.newHttpClient();
    final int port;

    private PageServer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** The server of a model that tests share; it ends with this process. */
    static PageServer of(String model) {
        return of(model, "--log-bodies", "8");
    }

    /** The server of a tiny model that reads images, and fetches them from one host. */
    static PageServer seeing() {
        return of(
                System.getProperty("page.seeing"),
                "--log-bodies",
                "8",
                "--image-hosts",
                "images.example.com");
    }

    private static PageServer of(String model, String... more) {
        return SHARED.computeIfAbsent(
                model,
                name -> {
                    PageServer server = start(name, freePort(), more);
                    Runtime.getRuntime().addShutdownHook(new Thread(server::close));
                    return server;
                });
    }

    static PageServer start(String model, int port, String... more) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                System.getProperty(
                                        "page.launcher", ROOT.resolve("tramontane").toString()),
                                "serve",
                                "--model",
                                model,
                                "--port",
                                "" + port,
                                "--grace-seconds",
                                "0"));
        command.addAll(List.of(more));
        try {
            Path log =
                    Files.createDirectories(ROOT.resolve("target/test"))
                            .resolve("page-" + port + ".log");
            Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(log.toFile())
                            .start();
            PageServer server = new PageServer(process, port);
            server.awaitHealth(log);
            return server;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void awaitHealth(Path log) throws InterruptedException {
        while (true) {
            assertThat(process.isAlive()).as("the server of %s", log).isTrue();
            try {
                if (get("/health").statusCode() == 200) {
                    return;
                }
            } catch (IOException notYet) {
                // It does not listen yet; if it never will, its process has ended.
                Thread.sleep(50);
            }
        }
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create(url() + path)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> post(String path, String json) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create(url() + path))
                        .POST(HttpRequest.BodyPublishers.ofString(json))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** An answer as it comes; closing it hangs up. */
    InputStream open(String path, String json) throws IOException, InterruptedException {
        return client.send(
                        HttpRequest.newBuilder(URI.create(url() + path))
                                .POST(HttpRequest.BodyPublishers.ofString(json))
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream())
                .body();
    }

    /** Ends the server as a crash would. */
    void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        process.onExit().join();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                kill();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

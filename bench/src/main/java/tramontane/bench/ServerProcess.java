package tramontane.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** {@code serve} in a process of its own, on a free port of this machine. */
record ServerProcess(Process process, URI url, Path state) implements AutoCloseable {
    /**
     * @param options more options of {@code serve}
     */
    static ServerProcess start(Path model, int threads, HttpClient client, String... options) {
        List<String> all = new ArrayList<>();
        all.addAll(
                List.of("--model", model.toAbsolutePath().toString(), "--threads", "" + threads));
        all.addAll(List.of(options));
        return start(client, all);
    }

    /**
     * @param options of {@code serve}
     */
    static ServerProcess start(HttpClient client, List<String> options) {
        try {
            int port = freePort();
            List<String> command = new ArrayList<>();
            command.addAll(List.of("serve", "--port", "" + port));
            // With a ledger, as servers have by default, but not in the user's own.
            Path state = Files.createTempDirectory("tramontane-bench");
            command.addAll(List.of("--ledger", state.resolve("ledger.db").toString()));
            command.addAll(options);
            Process process = MemoryRun.java(tramontane.server.Main.class, command);
            Thread.ofVirtual().start(() -> discard(process));
            ServerProcess server =
                    new ServerProcess(process, URI.create("http://127.0.0.1:" + port), state);
            while (!server.isHealthy(client)) {
                Thread.sleep(50);
            }
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException("the server did not start", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the server started", e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** Reads the output, so that the process never blocks on a full pipe. */
    private static void discard(Process process) {
        try {
            process.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean isHealthy(HttpClient client) throws InterruptedException {
        if (!process.isAlive()) {
            throw new IllegalStateException("the server ended with " + process.exitValue());
        }
        try {
            HttpRequest request = HttpRequest.newBuilder(url.resolve("/health")).build();
            return client.send(request, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            // It does not listen yet.
            return false;
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(40, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            try (Stream<Path> files = Files.list(state)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(state);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

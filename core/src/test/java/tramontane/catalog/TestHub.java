package tramontane.catalog;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/**
 * A model hub with one file, on a free port: {@code /o/r/resolve/main/tiny.gguf} redirects to
 * {@code /storage}. How it misbehaves is set through its fields. Further files can be added, which
 * the hub serves itself.
 */
final class TestHub implements AutoCloseable {
    private final HttpServer server;

    /** Of each request: path, range and token, as "path range token". */
    final List<String> requests = new CopyOnWriteArrayList<>();

    volatile byte[] content;
    volatile Optional<String> linkedEtag = Optional.empty();
    volatile Optional<String> storageEtag = Optional.of("\"v1\"");

    /** The storage closes the connection after this many bytes of a body, this many times. */
    volatile int breakAfterBytes = Integer.MAX_VALUE;

    volatile int breaksLeft = 0;
    volatile boolean ignoresRanges = false;
    volatile int hubStatus = 302;
    volatile int busyAnswersLeft = 0;
    volatile Optional<String> redirectTo = Optional.empty();
    volatile boolean stalls = false;

    TestHub(byte[] content) {
        this.content = content;
        try {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/o/r/resolve/main/tiny.gguf", this::hub);
        server.createContext("/storage", this::storage);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    /** As the tests know it, apart from the code that they test. */
    static String sum(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** Downloads from this hub alone. */
    ModelPuller puller(Catalog catalog) {
        PullSettings settings =
                new PullSettings(
                        List.of(new PullSettings.Hub(base(), Optional.empty())),
                        List.of(),
                        Duration.ofMillis(1),
                        Duration.ofSeconds(60));
        return new ModelPuller(catalog, settings, InstantSource.fixed(Instant.EPOCH));
    }

    /** Adds a file to the repository, whose sum the hub publishes. */
    void add(String name, byte[] bytes, String sum) {
        server.createContext(
                "/o/r/resolve/main/" + name,
                exchange -> {
                    record(exchange);
                    exchange.getResponseHeaders().add("X-Linked-Etag", sum);
                    exchange.sendResponseHeaders(200, bytes.length);
                    exchange.getResponseBody().write(bytes);
                    exchange.close();
                });
    }

    URI base() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void hub(HttpExchange exchange) throws IOException {
        record(exchange);
        linkedEtag.ifPresent(etag -> exchange.getResponseHeaders().add("X-Linked-Etag", etag));
        int status = hubStatus;
        if (busyAnswersLeft > 0) {
            busyAnswersLeft--;
            status = 503;
        }
        exchange.getResponseHeaders().add("Location", redirectTo.orElse("/storage"));
        exchange.sendResponseHeaders(status, -1);
        exchange.close();
    }

    private void storage(HttpExchange exchange) throws IOException {
        record(exchange);
        storageEtag.ifPresent(etag -> exchange.getResponseHeaders().add("ETag", etag));
        String range = exchange.getRequestHeaders().getFirst("Range");
        int start =
                range == null || ignoresRanges ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
        byte[] body = content;
        if (start >= body.length) {
            exchange.getResponseHeaders().add("Content-Range", "bytes */" + body.length);
            exchange.sendResponseHeaders(416, -1);
            exchange.close();
            return;
        }
        if (start > 0) {
            String contentRange = "bytes " + start + "-" + (body.length - 1) + "/" + body.length;
            exchange.getResponseHeaders().add("Content-Range", contentRange);
        }
        exchange.sendResponseHeaders(start > 0 ? 206 : 200, body.length - start);
        send(exchange, body, start);
    }

    private void send(HttpExchange exchange, byte[] body, int start) throws IOException {
        OutputStream out = exchange.getResponseBody();
        if (stalls) {
            out.write(body, start, 1_000);
            out.flush();
            return;
        }
        boolean breaks = breaksLeft > 0;
        int count = breaks ? Math.min(breakAfterBytes, body.length - start) : body.length - start;
        out.write(body, start, count);
        out.flush();
        if (breaks) {
            breaksLeft--;
        }
        exchange.close();
    }

    private void record(HttpExchange exchange) {
        requests.add(
                exchange.getRequestURI()
                        + " "
                        + Optional.ofNullable(exchange.getRequestHeaders().getFirst("Range"))
                                .orElse("-")
                        + " "
                        + Optional.ofNullable(
                                        exchange.getRequestHeaders().getFirst("Authorization"))
                                .orElse("-"));
    }
}

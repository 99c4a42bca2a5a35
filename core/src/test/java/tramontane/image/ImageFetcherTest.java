package tramontane.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFetcherTest {
    private static final int MAX_BYTES = 100;
    private static final Duration LONG = Duration.ofMinutes(1);

    @TempDir private static Path folder;
    private static ImageServer server;
    private final AtomicInteger resolved = new AtomicInteger();

    @BeforeAll
    static void start() throws Exception {
        server = new ImageServer(folder, ImageFetcherTest::reply);
    }

    @BeforeEach
    void forget() {
        server.requests().clear();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static byte[] reply(String path) {
        String reply =
                switch (path) {
                    case "/image?a=b" -> "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd";
                    case "/chunked" ->
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                    + "2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n";
                    case "/closed" -> "HTTP/1.0 200 OK\r\n\r\nabc";
                    case "/moved" -> "HTTP/1.1 302 Found\r\nLocation: /image?a=b\r\n\r\n";
                    case "/loop" -> "HTTP/1.1 307 Again\r\nLocation: /loop\r\n\r\n";
                    case "/away" ->
                            "HTTP/1.1 301 Moved\r\nLocation: https://other.test/a.png\r\n\r\n";
                    case "/plain" ->
                            "HTTP/1.1 301 Moved\r\nLocation: http://images.test/a.png\r\n\r\n";
                    case "/large" -> "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n";
                    case "/large-chunks" ->
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n";
                    case "/large-closed" -> "HTTP/1.1 200 OK\r\n\r\n" + "a".repeat(101);
                    case "/short" -> "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc";
                    case "/gzip" ->
                            "HTTP/1.1 200 OK\r\n"
                                    + "Content-Encoding: gzip\r\n"
                                    + "Content-Length: 3\r\n\r\n"
                                    + "abc";
                    case "/headers" -> "HTTP/1.1 200 OK\r\n" + "a: b\r\n".repeat(200) + "\r\n";
                    case "/line" -> "HTTP/1.1 200 OK\r\na: " + "b".repeat(9000) + "\r\n\r\n";
                    case "/rubbish" -> "no http\r\n\r\n";
                    default -> "HTTP/1.1 404 Not Found\r\n\r\n";
                };
        return reply.getBytes(StandardCharsets.ISO_8859_1);
    }

    private ImageFetcher fetcher(
            Predicate<InetAddress> allowed, SSLSocketFactory tls, String... hosts) {
        return new ImageFetcher(
                ImageHosts.of(List.of(hosts)),
                _ -> {
                    resolved.incrementAndGet();
                    return List.of(InetAddress.getLoopbackAddress());
                },
                allowed,
                () -> tls,
                LONG);
    }

    private String host() {
        return "images.test:" + server.port();
    }

    private byte[] fetch(String path) throws ImageException, InterruptedException {
        return fetcher(_ -> true, server.client(), host())
                .fetch("https://" + host() + path, MAX_BYTES);
    }

    @Test
    void aPictureIsFetchedInEachForm() throws Exception {
        for (String path : List.of("/image?a=b", "/chunked", "/closed", "/moved")) {
            assertThat(fetch(path)).as(path).asString().isEqualTo("abc");
        }
        assertThat(server.requests().getFirst())
                .startsWith("GET /image?a=b HTTP/1.1\r\nHost: " + host() + "\r\n");
    }

    @Test
    void redirectsPassTheSameChecks() {
        assertRefused("/loop", "redirects more than 3 times");
        assertRefused("/away", "fetches no images from this host");
        assertRefused("/plain", "must be a data URL, or https");
        assertThat(server.requests()).hasSize(6);
    }

    @Test
    void bytesAreBoundedInEachForm() {
        for (String path : List.of("/large", "/large-chunks", "/large-closed")) {
            assertRefused(path, "more than 100 bytes");
        }
    }

    @Test
    void otherRepliesAreRefused() {
        assertRefused("/absent", "status 404");
        assertRefused("/gzip", "compressed");
        for (String path : List.of("/short", "/headers", "/line", "/rubbish")) {
            assertRefused(path, "the connection failed");
        }
    }

    @Test
    void onlyNamedHostsAndPortsAreAsked() {
        ImageFetcher none = fetcher(_ -> true, server.client());
        assertThatThrownBy(() -> none.fetch("https://" + host() + "/closed", MAX_BYTES))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("--image-hosts");
        ImageFetcher otherPort = fetcher(_ -> true, server.client(), "images.test");
        assertThatThrownBy(() -> otherPort.fetch("https://" + host() + "/closed", MAX_BYTES))
                .hasMessageContaining("from this host");
        for (String url :
                List.of(
                        "http://" + host() + "/closed",
                        "file:///etc/passwd",
                        "https://user@" + host() + "/closed",
                        "https:///closed",
                        "no address",
                        "https://" + host() + "/" + "a".repeat(3000))) {
            assertThatThrownBy(
                            () -> fetcher(_ -> true, server.client(), host()).fetch(url, MAX_BYTES))
                    .as(url)
                    .isInstanceOf(ImageException.class)
                    .hasMessageContaining("must be a data URL, or https");
        }
        assertThat(resolved).hasValue(0);
    }

    @Test
    void privateAddressesAreNotConnectedTo() {
        ImageFetcher fetcher = fetcher(PublicAddresses::contain, server.client(), host());
        assertThatThrownBy(() -> fetcher.fetch("https://" + host() + "/closed", MAX_BYTES))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("not of the public internet");
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void theConnectionGoesToTheAddressThatWasChecked() throws Exception {
        fetch("/closed");
        assertThat(resolved).hasValue(1);
    }

    @Test
    void theCertificateMustBeForTheName() {
        ImageFetcher otherName = fetcher(_ -> true, server.client(), "other.test:" + server.port());
        assertThatThrownBy(() ->
                        otherName.fetch(
                                "https://other.test:" + server.port() + "/closed", MAX_BYTES))
                .hasMessageContaining("no valid certificate");
        ImageFetcher untrusting =
                fetcher(_ -> true, (SSLSocketFactory) SSLSocketFactory.getDefault(), host());
        assertThatThrownBy(() -> untrusting.fetch("https://" + host() + "/closed", MAX_BYTES))
                .hasMessageContaining("no valid certificate");
    }

    /**
     * A host that sends one byte of a TLS record after the other: each arrives in time, and the
     * record never ends.
     */
    @Test
    void timeIsBoundedForAllBytesTogether() throws Exception {
        try (ServerSocket dripping = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> drip(dripping));
            String host = "images.test:" + dripping.getLocalPort();
            ImageFetcher fetcher =
                    new ImageFetcher(
                            ImageHosts.of(List.of(host)),
                            _ -> List.of(InetAddress.getLoopbackAddress()),
                            _ -> true,
                            server::client,
                            Duration.ofMillis(300));
            assertThatThrownBy(() -> fetcher.fetch("https://" + host + "/a.png", MAX_BYTES))
                    .isInstanceOf(ImageException.class)
                    .hasMessageContaining("did not arrive within");
        }
    }

    private static void drip(ServerSocket server) {
        try (Socket socket = server.accept()) {
            // The head of a handshake record of 4096 bytes.
            socket.getOutputStream().write(new byte[] {22, 3, 3, 16, 0});
            for (int i = 0; i < 40; i++) {
                Thread.sleep(50);
                socket.getOutputStream().write(0);
            }
        } catch (IOException | InterruptedException e) {
            // The client has closed the connection.
        }
    }

    private void assertRefused(String path, String why) {
        assertThatThrownBy(() -> fetch(path))
                .as(path)
                .isInstanceOf(ImageException.class)
                .hasMessageContaining(why);
    }
}

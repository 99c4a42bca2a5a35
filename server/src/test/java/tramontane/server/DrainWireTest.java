package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ConnectException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What others see of a server that has got a SIGTERM while it answers. */
class DrainWireTest {
    private static final String SMALL =
            "{'model': 'tiny', 'messages': [{'role': 'user', 'content': 'a'}], 'max_tokens': 1}";

    private static boolean stop(ServerUnderTest server) {
        try {
            return server.stop(Duration.ofMinutes(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** A process that ended before would lose the line. */
    @Test
    void theLogLineOfTheLastAnswerIsWrittenBeforeTheServerHasDrained() throws Exception {
        try (ServerUnderTest server = ServerUnderTest.start()) {
            CountDownLatch writing = new CountDownLatch(1);
            CountDownLatch mayGoOn = new CountDownLatch(1);
            server.accessLog.before =
                    () -> {
                        writing.countDown();
                        try {
                            mayGoOn.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    };
            assertThat(server.get("/health").statusCode()).isEqualTo(200);
            writing.await();
            assertThat(server.inFlight.drain(Duration.ZERO)).isFalse();
            mayGoOn.countDown();
            assertThat(stop(server)).isTrue();
            assertThat(server.accessLog.all()).contains("/health");
        }
    }

    @Test
    void newConnectionsLearnThatTheServerDrainsUntilTheLastAnswerIsComplete() throws Exception {
        try (ServerUnderTest server = ServerUnderTest.start();
                Socket slow = server.connect()) {
            int port = server.uri("").getPort();
            String request = RawHttp.request(SMALL);
            int half = request.length() - 5;
            RawHttp.write(slow, request.substring(0, half));
            server.awaitInFlight(1);
            CompletableFuture<Boolean> stopped = CompletableFuture.supplyAsync(() -> stop(server));
            while (server.get("/readyz").statusCode() == 200) {
                Thread.onSpinWait();
            }

            HttpResponse<String> health = server.get("/health");
            assertThat(health.statusCode()).isEqualTo(503);
            assertThat(health.body()).isEqualTo("{\"status\":\"draining\"}");
            assertThat(server.get("/livez").statusCode()).isEqualTo(200);
            try (Socket late = server.connect()) {
                RawHttp.write(late, RawHttp.request(SMALL));
                assertThat(RawHttp.readToEnd(late))
                        .startsWith("HTTP/1.1 503")
                        .containsIgnoringCase("\r\nretry-after: 1\r\n")
                        .contains("shutting down");
            }
            assertThat(stopped).isNotDone();

            RawHttp.write(slow, request.substring(half));
            assertThat(RawHttp.readToEnd(slow)).startsWith("HTTP/1.1 200").contains("\"usage\"");
            assertThat(stopped.get()).isTrue();
            assertThatThrownBy(() -> new Socket("127.0.0.1", port).close())
                    .isInstanceOf(ConnectException.class);
        }
    }
}

package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tramontane.kernel.scalar.ScalarKernels;

/** What a supervisor asks: is the process alive, and may it get requests? */
class ProbesWireTest {
    private static final String ASK_LIVE = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String ASK_READY = "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n";

    /** Fails in the first step. */
    private static final class Broken extends ScalarKernels {
        @Override
        public void add(MemorySegment x, MemorySegment y, long count) {
            throw new OutOfMemoryError("no more");
        }
    }

    /** One answer, whose body ends with a brace; the connection stays open. */
    private static String answer(Socket socket, String request) throws IOException {
        RawHttp.write(socket, request);
        StringBuilder text = new StringBuilder();
        for (int next = socket.getInputStream().read();
                next >= 0;
                next = socket.getInputStream().read()) {
            text.append((char) next);
            if (next == '}') {
                return text.toString();
            }
        }
        throw new AssertionError("closed after '" + text + "'");
    }

    private static boolean isClosed(Socket socket) {
        try {
            socket.setSoTimeout(1);
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException open) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    @Test
    void anIdleServerIsAliveAndReady() throws IOException, InterruptedException {
        try (ServerUnderTest server = ServerUnderTest.start()) {
            for (String path : List.of("/livez", "/readyz", "/health")) {
                assertThat(server.get(path).statusCode()).as(path).isEqualTo(200);
                assertThat(server.get(path).body()).as(path).isEqualTo("{\"status\":\"ok\"}");
            }
        }
    }

    @Test
    void aFailedEngineIsNeither() throws IOException, InterruptedException {
        try (ServerUnderTest server = ServerUnderTest.withKernels(new Broken())) {
            server.complete(
                    "{'model': 'tiny', 'messages': [{'role': 'user', 'content': 'a'}], 'max_tokens': 4}");
            for (String path : List.of("/livez", "/readyz", "/health")) {
                assertThat(server.get(path).statusCode()).as(path).isEqualTo(503);
                assertThat(server.get(path).body()).as(path).contains("\"failed\"", "no more");
            }
        }
    }

    /** A supervisor must not kill a server that is finishing its answers. */
    @Test
    void aDrainingServerIsAliveAndNotReady() throws IOException, InterruptedException {
        try (ServerUnderTest server = ServerUnderTest.start();
                Socket probe = server.connect();
                Socket slow = server.connect()) {
            assertThat(answer(probe, ASK_READY)).startsWith("HTTP/1.1 200");
            RawHttp.write(
                    slow,
                    "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{");
            server.awaitInFlight(1);
            Thread draining =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    boolean unused = server.inFlight.drain(Duration.ofMinutes(1));
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                }
                            });
            String ready = answer(probe, ASK_READY);
            while (ready.startsWith("HTTP/1.1 200")) {
                ready = answer(probe, ASK_READY);
            }
            assertThat(ready).startsWith("HTTP/1.1 503").contains("\"draining\"");
            assertThat(answer(probe, ASK_LIVE)).startsWith("HTTP/1.1 200");
            slow.close();
            draining.join();
        }
    }

    @Test
    void probesAreAnsweredThoughEveryConnectionIsTaken() throws IOException, InterruptedException {
        HttpListener.Bounds few =
                new HttpListener.Bounds(Duration.ofSeconds(10), Duration.ofSeconds(30), 8);
        try (ServerUnderTest server = ServerUnderTest.start(ServerUnderTest.LIMITS, few)) {
            List<Socket> idle = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                idle.add(server.connect());
            }
            // The server takes connections on several threads, so an older one may come later.
            while (idle.stream().filter(ProbesWireTest::isClosed).count() < 32) {
                Thread.sleep(5);
            }
            for (String request : List.of(ASK_LIVE, ASK_READY, ASK_LIVE)) {
                try (Socket probe = server.connect()) {
                    assertThat(answer(probe, request)).startsWith("HTTP/1.1 200");
                }
            }
            for (Socket socket : idle) {
                socket.close();
            }
        }
    }
}

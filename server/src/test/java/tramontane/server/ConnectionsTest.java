package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which connection of an address is closed for a new one. */
class ConnectionsTest {
    private static String unfinished(int length, int sent) {
        return "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                + length
                + "\r\n\r\n"
                + " ".repeat(sent);
    }

    @Test
    void halfRequestsOfOneAddressPushOutNoNewConnection() throws IOException, InterruptedException {
        int most = 8;
        var bounds =
                new HttpListener.Bounds(Duration.ofSeconds(60), Duration.ofSeconds(60), 100, most);
        List<Socket> halves = new ArrayList<>();
        try (ServerUnderTest server = ServerUnderTest.start(ServerUnderTest.LIMITS, bounds)) {
            for (int i = 0; i < most; i++) {
                Socket half = server.connect();
                halves.add(half);
                RawHttp.write(half, unfinished(1000, 10));
            }
            server.awaitInFlight(most);
            // A new connection has sent nothing yet when the next one arrives.
            try (Socket fresh = server.connect();
                    Socket next = server.connect()) {
                for (Socket client : List.of(next, fresh)) {
                    RawHttp.write(
                            client,
                            "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
                    assertThat(RawHttp.readToEnd(client)).startsWith("HTTP/1.1 200");
                }
            }
            for (Socket half : halves) {
                half.close();
            }
        }
    }

    @Test
    void silentConnectionsOfOneAddressPushOutNoBodyThatArrives()
            throws IOException, InterruptedException {
        var bounds =
                new HttpListener.Bounds(Duration.ofSeconds(60), Duration.ofSeconds(60), 100, 8);
        List<Socket> silent = new ArrayList<>();
        String request =
                RawHttp.request("{'model':'tiny','max_tokens':2,'messages':[{'content':'hi'}]}");
        try (ServerUnderTest server = ServerUnderTest.start(ServerUnderTest.LIMITS, bounds);
                Socket slow = server.connect()) {
            RawHttp.write(slow, request.substring(0, request.length() - 5));
            server.awaitInFlight(1);
            for (int i = 0; i < 40; i++) {
                silent.add(server.connect());
            }
            assertThat(silent.getFirst().getInputStream().read()).isEqualTo(-1);
            RawHttp.write(slow, request.substring(request.length() - 5));
            byte[] status = slow.getInputStream().readNBytes("HTTP/1.1 200".length());
            assertThat(new String(status, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200");
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }
}

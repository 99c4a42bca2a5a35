package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** How answers end that cannot be finished, and how a client can tell. */
class EndingsWireTest {
    /** Far more work than is done before the test goes on. */
    private static final String LONG =
            "{'model':'tiny','messages':[{'content':'"
                    + "word ".repeat(300)
                    + "'}],'n':16,'max_tokens':1000,'min_tokens':900,'temperature':1";

    private static final String SHORT =
            "{'model':'tiny','stream':true,'max_tokens':4,'messages':[{'content':'hi'}]}";

    @Test
    void aWholeAnswerThatTheGracePeriodCutsIsA503() throws IOException, InterruptedException {
        try (ServerUnderTest server = ServerUnderTest.start();
                Socket socket = server.connect()) {
            RawHttp.write(socket, RawHttp.request(LONG + "}"));
            awaitRunning(server);
            assertThat(server.stop(Duration.ZERO)).isFalse();

            String answer = RawHttp.readToEnd(socket);
            assertThat(answer).startsWith("HTTP/1.1 503");
            JsonNode error =
                    JsonMapper.shared().readTree(answer.substring(answer.indexOf("\r\n\r\n")));
            assertThat(error.get("type").stringValue()).isEqualTo("service_unavailable");
            assertThat(error.get("message").stringValue()).contains("shutting down");
        }
    }

    @Test
    void aStreamThatTheGracePeriodCutsEndsWithAnErrorForEachChoice()
            throws IOException, InterruptedException {
        try (ServerUnderTest server = ServerUnderTest.start();
                Socket socket = server.connect()) {
            RawHttp.write(socket, RawHttp.request(LONG + ",'stream':true}"));
            assertThat(socket.getInputStream().readNBytes(500)).hasSize(500);
            assertThat(server.stop(Duration.ZERO)).isFalse();

            String stream = RawHttp.readToEnd(socket);
            assertThat(stream).doesNotContain("[DONE]").endsWith("\r\n0\r\n\r\n");
            List<String> failures =
                    stream.lines()
                            .filter(line -> line.contains("\"finish_reason\":\"error\""))
                            .toList();
            assertThat(failures).hasSize(16);
            for (String failure : failures) {
                JsonNode chunk = JsonMapper.shared().readTree(failure.substring("data: ".length()));
                assertThat(chunk.at("/object").stringValue()).isEqualTo("chat.completion.chunk");
                assertThat(chunk.at("/error/type").stringValue()).isEqualTo("service_unavailable");
                assertThat(chunk.at("/error/message").stringValue()).contains("shutting down");
            }
        }
    }

    private static void awaitRunning(ServerUnderTest server)
            throws IOException, InterruptedException {
        while (ServerUnderTest.json(server.get("/load")).get("running").intValue() == 0) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aClientThatLeavesIsNoFaultOfTheServer() throws IOException, InterruptedException {
        List<LogRecord> logged = new CopyOnWriteArrayList<>();
        Handler handler =
                new Handler() {
                    @Override
                    public void publish(LogRecord entry) {
                        if (entry.getLevel().intValue() >= Level.WARNING.intValue()) {
                            logged.add(entry);
                        }
                    }

                    @Override
                    public void flush() {}

                    @Override
                    public void close() {}
                };
        Logger root = Logger.getLogger("");
        root.addHandler(handler);
        try (ServerUnderTest server = ServerUnderTest.start()) {
            for (String fields : List.of("}", ",'stream':true}")) {
                try (Socket socket = server.connect()) {
                    RawHttp.write(socket, RawHttp.request(LONG + fields));
                    awaitRunning(server);
                }
                server.awaitNobodyInFlight();
            }
        } finally {
            root.removeHandler(handler);
        }
        assertThat(logged).extracting(LogRecord::getMessage).isEmpty();
    }

    /** Without chunks the end of the body and a broken connection look the same. */
    @Test
    void aStreamIsChunkedAlsoOnAConnectionThatCloses() throws IOException {
        try (ServerUnderTest server = ServerUnderTest.start()) {
            String request =
                    RawHttp.request(SHORT).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
            assertThat(answer(server, request))
                    .contains("Transfer-Encoding: chunked")
                    .contains("data: [DONE]\n\n")
                    .endsWith("\r\n0\r\n\r\n");
            // HTTP/1.0 has no chunks: there only [DONE] tells.
            assertThat(answer(server, request.replace("HTTP/1.1", "HTTP/1.0")))
                    .doesNotContain("chunked")
                    .endsWith("data: [DONE]\n\n");
            // An error instead of a stream has a length.
            assertThat(answer(server, request.replace("tiny", "huge")))
                    .contains("Content-Length")
                    .doesNotContain("chunked");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static String answer(ServerUnderTest server, String request) throws IOException {
        try (Socket socket = server.connect()) {
            RawHttp.write(socket, request);
            return RawHttp.readToEnd(socket);
        }
    }
}

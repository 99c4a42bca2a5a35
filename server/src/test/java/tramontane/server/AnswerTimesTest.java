package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import tramontane.endpoint.AnswerTimes;
import tramontane.endpoint.Limits;
import tramontane.kernel.scalar.ScalarKernels;

/**
 * An answer that takes too long ends with a typed error, and a client that does not read is cut
 * off.
 */
class AnswerTimesTest {
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration LONG = Duration.ofHours(1);

    /** Still running whenever a short time is over. */
    private static final String ENDLESS =
            "{'model':'tiny','messages':[{'content':'"
                    + "word ".repeat(300)
                    + "'}],'n':16,'max_tokens':1000,'temperature':1";

    private static final String BRIEF =
            "{'model':'tiny','messages':[{'content':'a'}],'max_tokens':1";

    private static Limits limits(AnswerTimes times, Duration pingEvery) {
        return new Limits(1 << 20, 4 << 20, Duration.ofSeconds(20), 64, pingEvery, times);
    }

    /** Computes nothing until it is released. */
    private static final class Paused extends ScalarKernels implements AutoCloseable {
        private final CountDownLatch released = new CountDownLatch(1);

        @Override
        public void add(MemorySegment x, MemorySegment y, long count) {
            try {
                released.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            super.add(x, y, count);
        }

        @Override
        public void close() {
            released.countDown();
        }
    }

    @Test
    void anAnswerThatDoesNotStartInTimeIsA504() throws IOException, InterruptedException {
        Limits limits = limits(new AnswerTimes(SHORT, LONG, LONG), LONG);
        Paused kernels = new Paused();
        try (ServerUnderTest server = ServerUnderTest.withKernels(kernels, limits);
                kernels) {
            for (String stream : new String[] {"false", "true"}) {
                HttpResponse<String> late = server.complete(BRIEF + ",'stream':" + stream + "}");
                assertThat(late.statusCode()).as(late.body()).isEqualTo(504);
                assertThat(ServerUnderTest.json(late).get("type").stringValue())
                        .isEqualTo("timeout");
                assertThat(late.body())
                        .contains("did not start within 0.3 s")
                        .contains("timeout.first-token-seconds");
            }
            server.awaitNobodyInFlight();
        }
    }

    @Test
    void aStreamThatHasBegunEndsWithAnErrorEvent() throws IOException, InterruptedException {
        Limits limits = limits(new AnswerTimes(SHORT, LONG, LONG), Duration.ZERO);
        Paused kernels = new Paused();
        try (ServerUnderTest server = ServerUnderTest.withKernels(kernels, limits);
                kernels) {
            HttpResponse<String> late = server.complete(BRIEF + ",'stream':true}");
            assertThat(late.statusCode()).isEqualTo(200);
            assertThat(late.body())
                    .contains(": ping\n\n")
                    .contains("\"finish_reason\":\"error\"")
                    .contains("\"type\":\"timeout\"")
                    .doesNotContain("[DONE]");
        }
    }

    /** An answer may take longer than its first token. */
    @Test
    void anAnswerThatHasStartedMayTakeItsTime() throws IOException, InterruptedException {
        Limits limits = limits(new AnswerTimes(LONG, LONG.multipliedBy(9), LONG), LONG);
        try (ServerUnderTest server = ServerUnderTest.start(limits, HttpListener.Bounds.DEFAULT);
                Socket socket = server.connect()) {
            String request = RawHttp.request(ENDLESS + ",'stream':true}");
            RawHttp.write(socket, request.replace("Host:", "Connection: close\r\nHost:"));
            assertThat(socket.getInputStream().readNBytes(2000)).hasSize(2000);
            server.skip(LONG.multipliedBy(2));
            assertThat(RawHttp.readToEnd(socket)).contains("[DONE]");
        }
    }

    @Test
    void anAnswerThatDoesNotEndInTimeIsGivenUp() throws IOException, InterruptedException {
        Limits limits = limits(new AnswerTimes(LONG, SHORT, LONG), LONG);
        try (ServerUnderTest server = ServerUnderTest.start(limits, HttpListener.Bounds.DEFAULT)) {
            HttpResponse<String> whole = server.complete(ENDLESS + "}");
            assertThat(whole.statusCode()).as(whole.body()).isEqualTo(504);
            assertThat(whole.body())
                    .contains("was not complete within 0.3 s")
                    .contains("timeout.request-seconds");
            HttpResponse<String> stream = server.complete(ENDLESS + ",'stream':true}");
            assertThat(stream.body()).contains("\"timeout\"").doesNotContain("[DONE]");
            server.awaitNobodyInFlight();
        }
    }

    /** The reader takes a byte now and then, so no idle timeout finds it. */
    @Test
    void aClientThatReadsTooSlowlyIsCutOff() throws IOException, InterruptedException {
        Limits limits = limits(new AnswerTimes(LONG, LONG, SHORT), LONG);
        var bounds = new HttpListener.Bounds(LONG, LONG, 64);
        try (ServerUnderTest server = ServerUnderTest.start(limits, bounds);
                Socket socket = new Socket()) {
            socket.setReceiveBufferSize(1024);
            socket.connect(new InetSocketAddress("127.0.0.1", server.uri("/").getPort()));
            RawHttp.write(socket, RawHttp.request(ENDLESS + ",'logprobs':true,'stream':true}"));
            assertThat(socket.getInputStream().readNBytes(100)).hasSize(100);
            Thread reader = Thread.ofVirtual().start(() -> drip(socket));
            server.awaitNobodyInFlight();
            socket.close();
            reader.join();
            assertThat(server.complete(BRIEF + "}").statusCode()).isEqualTo(200);
        }
    }

    private static void drip(Socket socket) {
        try (InputStream in = socket.getInputStream()) {
            while (in.read() >= 0) {
                Thread.sleep(20);
            }
        } catch (SocketException closed) {
            // The server has hung up, or the test has ended.
            return;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}

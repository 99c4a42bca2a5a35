package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tramontane.upstream.UpstreamKind;
import tramontane.upstream.UpstreamTimes;

/** What a client gets while upstreams fail in every way: nothing that looks complete and is not. */
class UpstreamFaultTest {
    /** Times that stay far away, except in the tests of them. */
    static final UpstreamTimes PATIENT = UpstreamWireTest.TIMES;

    private static final UpstreamTimes HASTY =
            new UpstreamTimes(
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(1));

    private static final Pattern BREAKER_HALF_OPEN =
            Pattern.compile("tramontane_upstream_breaker\\{.*} 1\\.0");

    static final String ASK = "{'model':'tiny','messages':[{'role':'user','content':'hi'}]%s}";
    private static final String WHOLE = ASK.formatted("");
    private static final String STREAM = ASK.formatted(",'stream':true");

    static ServerUnderTest before(UpstreamTimes times, FaultyUpstream... upstreams)
            throws IOException {
        return UpstreamWireTest.gateway(
                UpstreamWireTest.model(
                        "tiny",
                        UpstreamKind.VLLM,
                        times,
                        Arrays.stream(upstreams).map(FaultyUpstream::uri).toArray(URI[]::new)));
    }

    /** An answer that breaks before its first byte is an error with a status of its own. */
    private static void failsWhole(FaultyUpstream.Behaviour behaviour, int status, String reason)
            throws Exception {
        failsWhole(PATIENT, behaviour, status, reason);
    }

    private static HttpResponse<String> failsWhole(
            UpstreamTimes times, FaultyUpstream.Behaviour behaviour, int status, String reason)
            throws Exception {
        try (FaultyUpstream upstream = new FaultyUpstream(behaviour);
                ServerUnderTest gateway = before(times, upstream)) {
            HttpResponse<String> answer = gateway.complete(WHOLE);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
            assertThat(answer.body()).contains(reason).doesNotContain("\"choices\"");
            return answer;
        }
    }

    /** An answer that breaks later ends in an error event, and never looks complete. */
    private static void failsStreamed(FaultyUpstream.Behaviour behaviour, String reason)
            throws Exception {
        failsStreamed(PATIENT, behaviour, reason);
    }

    private static void failsStreamed(
            UpstreamTimes times, FaultyUpstream.Behaviour behaviour, String reason)
            throws Exception {
        try (FaultyUpstream upstream = new FaultyUpstream(behaviour);
                ServerUnderTest gateway = before(times, upstream)) {
            HttpResponse<String> answer = gateway.complete(STREAM);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body())
                    .contains("\"content\":\"one\"")
                    .contains("\"finish_reason\":\"error\"")
                    .contains("upstream_error")
                    .contains(reason)
                    .doesNotContain("[DONE]")
                    .doesNotContain("\"finish_reason\":\"stop\"")
                    .doesNotContain("\"usage\"");
        }
    }

    /** One that fails both ways, the stream after the text "one". */
    private static void failsBothWays(FaultyUpstream.Behaviour afterText, String reason)
            throws Exception {
        FaultyUpstream.Behaviour behaviour =
                connection -> {
                    connection.stream();
                    connection.text("one");
                    afterText.answer(connection);
                };
        failsStreamed(behaviour, reason);
        failsWhole(behaviour, 502, reason);
    }

    @Test
    void anAnswerIsTranslatedWholeAndStreamed() throws Exception {
        try (FaultyUpstream upstream = new FaultyUpstream(FaultyUpstream.answering("one", " two"));
                ServerUnderTest gateway = before(PATIENT, upstream)) {
            assertThat(gateway.complete(WHOLE).body())
                    .contains("\"content\":\"one two\"")
                    .contains("\"finish_reason\":\"stop\"")
                    .contains("\"prompt_tokens\":5,\"completion_tokens\":3,\"total_tokens\":8")
                    .contains("\"num_cached_tokens\":2");
            assertThat(gateway.complete(STREAM).body())
                    .contains("\"content\":\"one\"", "\"content\":\" two\"", "\"total_tokens\":8")
                    .endsWith("data: [DONE]\n\n");
            assertThat(upstream.requests.getFirst())
                    .startsWith("POST /v1/chat/completions HTTP/1.1")
                    .contains("\"model\":\"tiny\"")
                    .contains("\"temperature\":0.7,\"top_p\":1.0,\"seed\":")
                    .contains(
                            "\"stream\":true,\"stream_options\":{\"include_usage\":true,\"continuous_usage_stats\":true}");
        }
    }

    @Test
    void aBrokenStreamNeverLooksComplete() throws Exception {
        failsBothWays(connection -> {}, "the answer ended too early");
        failsBothWays(
                connection ->
                        connection.write(
                                new byte[] {'d', 'a', 't', 'a', ':', '{', '"', (byte) 0xC3}),
                "the answer ended too early");
        failsBothWays(
                connection ->
                        connection.write(
                                "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\u00C3\"}}]}\n\n"
                                        .getBytes(StandardCharsets.ISO_8859_1)),
                "it sent an event that is no JSON");
        failsBothWays(connection -> connection.data("so what"), "it sent an event that is no JSON");
        failsBothWays(connection -> connection.data("[1]"), "no JSON object");
        failsBothWays(
                connection -> connection.data("{'choices':[{'index':3,'delta':{'content':'x'}}]}"),
                "a choice that was not asked for");
        failsBothWays(connection -> connection.data("[DONE]"), "it ended without a finish_reason");
        failsBothWays(
                connection -> {
                    connection.data(
                            "{'error':{'message':'EngineCore encountered an issue','code':500}}");
                    connection.data("[DONE]");
                },
                "it failed: EngineCore encountered an issue");
        failsBothWays(connection -> connection.end("abort"), "it ended with finish_reason abort");
    }

    /** The fault is seen when the upstream has already said how its choice ended. */
    @Test
    void anAnswerWithoutUsageOrWithTooManyTokensIsAFault() throws Exception {
        failsBothWays(
                connection -> {
                    connection.data(
                            "{'choices':[{'index':0,'delta':{'content':'x'},'finish_reason':'stop'}]}");
                    connection.data("[DONE]");
                },
                "it sent no usage");
        try (FaultyUpstream upstream = new FaultyUpstream(FaultyUpstream.answering("one"));
                ServerUnderTest gateway = before(PATIENT, upstream)) {
            String fewer = ",'max_tokens':2,'stream'";
            assertThat(gateway.complete(STREAM.replace(",'stream'", fewer)).body())
                    .contains("\"finish_reason\":\"error\"", "more tokens than max_tokens")
                    .doesNotContain("[DONE]", "\"finish_reason\":\"stop\"");
        }
    }

    @Test
    void silenceHasAnEnd() throws Exception {
        failsWhole(HASTY, FaultyUpstream.Connection::awaitClosed, 502, "nothing came within 1 s");
        failsWhole(
                HASTY,
                connection -> {
                    connection.stream();
                    connection.awaitClosed();
                },
                502,
                "nothing came within 1 s");
        failsStreamed(
                HASTY,
                connection -> {
                    connection.stream();
                    connection.text("one");
                    connection.awaitClosed();
                },
                "nothing more came within 1 s");
    }

    @Test
    void errorsBeforeTheFirstByteHaveTheirStatus() throws Exception {
        HttpResponse<String> busy =
                failsWhole(
                        PATIENT,
                        connection ->
                                connection.status(
                                        "429 Too Many Requests",
                                        "{\"error\":{\"message\":\"queue is full\"}}",
                                        "retry-after: 7"),
                        429,
                        "queue is full");
        assertThat(busy.headers().firstValue("retry-after")).contains("7");
        HttpResponse<String> loading =
                failsWhole(
                        PATIENT,
                        connection ->
                                connection.status(
                                        "503 Service Unavailable",
                                        "Loading model",
                                        "retry-after: 9"),
                        503,
                        "Loading model");
        assertThat(loading.headers().firstValue("retry-after")).contains("9");
        failsWhole(
                connection ->
                        connection.status(
                                "400 Bad Request",
                                "{\"error\":{\"message\":\"This model's maximum context length is 10 tokens\",\"code\":400}}"),
                400,
                "\"type\":\"invalid_request_prompt\"");
        failsWhole(
                connection ->
                        connection.status("401 Unauthorized", "{\"error\":\"wrong key abc\"}"),
                502,
                "it does not accept this server's key");
        failsWhole(
                connection -> connection.status("404 Not Found", "{}"),
                502,
                "does not serve the model");
        failsWhole(connection -> connection.status("500 Oh", "stack trace"), 502, "status 500");
        failsWhole(
                connection -> connection.status("302 Found", "", "location: http://127.0.0.1:1/"),
                502,
                "status 302");
        failsWhole(
                connection -> connection.status("200 OK", "<html>hello</html>"),
                502,
                "it sent a page instead of a stream of events");
        failsWhole(connection -> connection.write("nonsense\r\n\r\n"), 502, "the connection broke");
    }

    @Test
    void overloadDoesNotOpenTheBreaker() throws Exception {
        try (FaultyUpstream upstream =
                        new FaultyUpstream(connection -> connection.status("429 Busy", "{}"));
                ServerUnderTest gateway = before(PATIENT, upstream)) {
            for (int i = 0; i < 8; i++) {
                assertThat(gateway.complete(WHOLE).statusCode()).isEqualTo(429);
            }
            upstream.then(FaultyUpstream.answering("one"));
            assertThat(gateway.complete(WHOLE).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void anUpstreamThatFailsAgainAndAgainIsLeftAlone() throws Exception {
        try (FaultyUpstream upstream =
                        new FaultyUpstream(connection -> connection.status("500 Oh", "{}"));
                ServerUnderTest gateway = before(PATIENT, upstream)) {
            for (int i = 0; i < 3; i++) {
                assertThat(gateway.complete(WHOLE).statusCode()).isEqualTo(502);
            }
            HttpResponse<String> refused = gateway.complete(WHOLE);
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).contains("its last requests failed");
            assertThat(refused.headers().firstValue("retry-after")).isPresent();
            assertThat(upstream.requests).hasSize(3);
            assertThat(gateway.get("/metrics").body()).contains("tramontane_upstream_breaker{");
        }
    }

    /** As a vLLM with data-parallel ranks that was started again: its first answer took 13 s. */
    @Test
    void anUpstreamThatIsBackIsAskedByAllOnceAnAnswerHasBegun() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        try (FaultyUpstream upstream =
                        new FaultyUpstream(connection -> connection.status("500 Oh", "{}"));
                ServerUnderTest gateway = before(PATIENT, upstream)) {
            for (int i = 0; i < 3; i++) {
                assertThat(gateway.complete(WHOLE).statusCode()).isEqualTo(502);
            }
            upstream.then(connection -> {
                connection.stream();
                connection.text("one");
                over.await();
                connection.end("stop");
            });
            while (!BREAKER_HALF_OPEN.matcher(gateway.get("/metrics").body()).find()) {
                Thread.sleep(20);
            }
            try (Socket probe = ask(gateway)) {
                StringBuilder answer = new StringBuilder();
                while (answer.indexOf("\"content\":\"one\"") < 0) {
                    answer.append((char) probe.getInputStream().read());
                }
                upstream.then(FaultyUpstream.answering("two"));
                assertThat(gateway.complete(WHOLE).body()).contains("\"content\":\"two\"");
                over.countDown();
            }
        }
    }

    @Test
    void theTimeInTheQueueOfAnUpstreamIsNotKnown() throws Exception {
        try (FaultyUpstream upstream = new FaultyUpstream(FaultyUpstream.answering("one"));
                ServerUnderTest gateway = before(PATIENT, upstream)) {
            JsonNode line =
                    gateway.accessLog.of(
                            gateway.complete(WHOLE)
                                    .headers()
                                    .firstValue("mistral-correlation-id")
                                    .orElseThrow());
            assertThat(line.get("first_token_ms").doubleValue()).isPositive();
            assertThat(line.has("queue_ms")).isFalse();
            Exposition metrics = new Exposition(gateway.get("/metrics").body());
            assertThat(metrics.sum("gen_ai_server_time_to_first_token_seconds_count")).isEqualTo(1);
            assertThat(metrics.sum("tramontane_request_queue_seconds_count")).isZero();
        }
    }

    @Test
    void aRequestIsSentToAnotherAddressBeforeItsFirstByteOnly() throws Exception {
        FaultyUpstream.Behaviour good = FaultyUpstream.answering("good");
        for (FaultyUpstream.Behaviour fault :
                Arrays.<FaultyUpstream.Behaviour>asList(
                        FaultyUpstream.Connection::reset,
                        connection -> {
                            connection.stream();
                            connection.reset();
                        },
                        connection -> connection.status("503 No", "{}"),
                        connection -> connection.status("429 No", "{}"),
                        connection -> connection.status("500 No", "{}"))) {
            try (FaultyUpstream first = new FaultyUpstream(fault);
                    FaultyUpstream second = new FaultyUpstream(good);
                    ServerUnderTest gateway = before(PATIENT, first, second)) {
                assertThat(gateway.complete(WHOLE).body()).contains("\"content\":\"good\"");
                assertThat(first.requests).hasSize(1);
                assertThat(gateway.get("/metrics").body())
                        .contains("tramontane_upstream_retries_total{model=\"tiny\"} 1.0");
            }
        }
    }

    @Test
    void anAnswerThatHasBegunIsNotAskedForAgain() throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        try (FaultyUpstream first =
                        new FaultyUpstream(connection -> {
                            connection.stream();
                            connection.text("one");
                            read.await();
                            connection.reset();
                        });
                FaultyUpstream second = new FaultyUpstream(FaultyUpstream.answering("good"));
                ServerUnderTest gateway = before(PATIENT, first, second);
                Socket client = ask(gateway)) {
            StringBuilder answer = new StringBuilder();
            InputStream in = client.getInputStream();
            while (answer.indexOf("\r\n0\r\n\r\n") < 0) {
                answer.append((char) in.read());
                if (answer.indexOf("\"content\":\"one\"") > 0) {
                    read.countDown();
                }
            }
            assertThat(answer.toString())
                    .contains(
                            "the connection broke", "upstream_error", "\"finish_reason\":\"error\"")
                    .doesNotContain("[DONE]");
            assertThat(second.requests).isEmpty();
        }
    }

    @Test
    void nobodyAtTheAddressIsSaidAtOnce() throws Exception {
        int port;
        try (ServerSocket closed = new ServerSocket(0)) {
            port = closed.getLocalPort();
        }
        URI nobody = URI.create("http://127.0.0.1:" + port);
        try (ServerUnderTest gateway =
                UpstreamWireTest.gateway(
                        UpstreamWireTest.model("tiny", UpstreamKind.VLLM, PATIENT, nobody))) {
            HttpResponse<String> refused = gateway.complete(WHOLE);
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).contains("it cannot be reached");
            assertThat(gateway.get("/health").statusCode()).isEqualTo(503);
            assertThat(gateway.get("/readyz").statusCode()).isEqualTo(503);
            assertThat(gateway.get("/livez").statusCode())
                    .as("a new start does not help")
                    .isEqualTo(200);
            Exposition metrics = new Exposition(gateway.get("/metrics").body());
            assertThat(metrics.sum("tramontane_rejected_requests_total", "cause=unavailable"))
                    .isEqualTo(1);
            assertThat(metrics.sum("tramontane_rejected_requests_total"))
                    .as("a probe is answered, whatever it says")
                    .isEqualTo(1);
            assertThat(
                            ServerUnderTest.json(gateway.get("/v1/models/tiny"))
                                    .get("state")
                                    .stringValue())
                    .isEqualTo("failed");
        }
        try (FaultyUpstream second = new FaultyUpstream(FaultyUpstream.answering("good"));
                ServerUnderTest gateway =
                        UpstreamWireTest.gateway(
                                UpstreamWireTest.model(
                                        "tiny",
                                        UpstreamKind.VLLM,
                                        PATIENT,
                                        nobody,
                                        second.uri()))) {
            assertThat(gateway.complete(WHOLE).body()).contains("\"content\":\"good\"");
            assertThat(gateway.get("/health").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aClientThatLeavesEndsTheWorkOfTheUpstream() throws Exception {
        CountDownLatch left = new CountDownLatch(1);
        try (FaultyUpstream upstream =
                        new FaultyUpstream(connection -> {
                            connection.stream();
                            connection.text("one");
                            connection.awaitClosed();
                            left.countDown();
                        });
                ServerUnderTest gateway = before(PATIENT, upstream)) {
            try (Socket client = ask(gateway)) {
                client.getInputStream().read();
            }
            left.await();
            gateway.awaitNobodyInFlight();
            while (gateway.backend.occupancy().running() > 0) {
                Thread.sleep(5);
            }
        }
    }

    private static Socket ask(ServerUnderTest gateway) throws IOException {
        Socket client = gateway.connect();
        String body = STREAM.replace('\'', '"');
        client.getOutputStream()
                .write(
                        ("POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: "
                                        + body.length()
                                        + "\r\n\r\n"
                                        + body)
                                .getBytes(StandardCharsets.UTF_8));
        return client;
    }

    /** The upstream's writes block, long before its answer is in the memory of the gateway. */
    @Test
    void aClientThatReadsSlowlyHoldsBackTheUpstream() throws Exception {
        AtomicLong written = new AtomicLong();
        CountDownLatch stopped = new CountDownLatch(1);
        String piece = "x".repeat(4000);
        try (FaultyUpstream upstream =
                        new FaultyUpstream(connection -> {
                            connection.stream();
                            try {
                                while (true) {
                                    connection.text(piece);
                                    written.addAndGet(piece.length());
                                }
                            } finally {
                                stopped.countDown();
                            }
                        });
                ServerUnderTest gateway = before(PATIENT, upstream);
                Socket client = ask(gateway)) {
            InputStream in = client.getInputStream();
            assertThat(in.read()).isPositive();
            long before;
            do {
                before = written.get();
                Thread.sleep(300);
            } while (before == 0 || written.get() != before);
            // What the buffers of four sockets hold.
            assertThat(before).isLessThan(64L << 20);
            // Reading on gets it going again.
            while (written.get() == before) {
                in.readNBytes(1 << 16);
            }
            client.close();
            stopped.await();
        }
    }
}

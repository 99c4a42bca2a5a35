package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.logging.StreamHandler;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tramontane.server.OtlpReceiver.Span;
import tramontane.telemetry.Traces;

/** What an OpenTelemetry collector gets. */
class TracesWireTest {
    private static final String QUESTION =
            "{'model': 'mistral-small-latest', 'messages': [{'role': 'user', 'content': 'Tell nobody'}],"
                    + " 'min_tokens': 6, 'max_tokens': 6, 'random_seed': 5, 'stream': true}";
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String CALLER = "00f067aa0ba902b7";
    private static final int SERVER_SPAN = 2;

    private static HttpResponse<String> ask(ServerUnderTest server, String flags)
            throws IOException, InterruptedException {
        return server.send(
                HttpRequest.newBuilder(server.uri("/v1/chat/completions"))
                        .header("traceparent", "00-" + TRACE + "-" + CALLER + "-" + flags)
                        .POST(HttpRequest.BodyPublishers.ofString(QUESTION.replace('\'', '"'))));
    }

    private static Map<String, Span> byName(List<Span> spans) {
        return spans.stream().collect(Collectors.toMap(Span::name, Function.identity()));
    }

    private static Span named(Map<String, Span> spans, String name) {
        return Optional.ofNullable(spans.get(name)).orElseThrow();
    }

    private static Traces tracesTo(OtlpReceiver collector) {
        return Traces.start(Optional.of(collector.endpoint() + "/"), "test");
    }

    @Test
    void aCompletionIsASpanOfTheCallersTraceWithItsPhasesAsChildren() throws Exception {
        try (OtlpReceiver collector = OtlpReceiver.start();
                Traces traces = tracesTo(collector);
                ServerUnderTest server = ServerUnderTest.traced(traces)) {
            HttpResponse<String> answer = ask(server, "01");
            String id = answer.headers().firstValue("mistral-correlation-id").orElseThrow();
            JsonNode line = server.accessLog.of(id);
            traces.close();

            Map<String, Span> spans = byName(collector.await(5));
            Span whole = named(spans, "chat tiny");
            assertThat(spans.keySet())
                    .containsExactlyInAnyOrder("chat tiny", "read", "queue", "prompt", "generate");
            assertThat(whole.traceId()).isEqualTo(TRACE);
            assertThat(whole.parentId()).isEqualTo(CALLER);
            assertThat(whole.kind()).isEqualTo(SERVER_SPAN);
            assertThat(whole.attributes())
                    .containsEntry("gen_ai.operation.name", "chat")
                    .containsEntry("gen_ai.provider.name", "tramontane")
                    .containsEntry("gen_ai.request.model", "mistral-small-latest")
                    .containsEntry("gen_ai.response.model", "tiny")
                    .containsEntry("gen_ai.request.seed", "5")
                    .containsEntry("gen_ai.request.stream", "true")
                    .containsEntry(
                            "gen_ai.usage.input_tokens", "" + line.get("prompt_tokens").intValue())
                    .containsEntry("gen_ai.usage.output_tokens", "6")
                    .containsEntry("gen_ai.response.finish_reasons", "[length]")
                    .containsEntry("http.response.status_code", "200")
                    .containsEntry("http.route", "/v1/chat/completions")
                    .containsEntry("tramontane.request.id", id)
                    .doesNotContainKey("error.type");
            assertThat(line.get("trace_id").stringValue()).isEqualTo(TRACE);
            assertThat(collector.resource).containsEntry("service.name", "tramontane");
            assertPhases(whole, spans);
            assertThat(collector.spans.toString()).doesNotContain("Tell nobody");
        }
    }

    /** The phases follow each other without gaps, within the whole. */
    private static void assertPhases(Span whole, Map<String, Span> spans) {
        long at = whole.startNanos();
        for (String name : List.of("read", "queue", "prompt", "generate")) {
            Span phase = named(spans, name);
            assertThat(phase.parentId()).as(name).isEqualTo(whole.id());
            assertThat(phase.traceId()).as(name).isEqualTo(whole.traceId());
            assertThat(phase.startNanos()).as(name).isEqualTo(at);
            assertThat(phase.endNanos()).as(name).isGreaterThanOrEqualTo(at);
            at = phase.endNanos();
        }
        assertThat(at).isLessThanOrEqualTo(whole.endNanos());
    }

    @Test
    void aRefusedRequestSaysWhyAndAnUnsampledOneSendsNothing() throws Exception {
        try (OtlpReceiver collector = OtlpReceiver.start();
                Traces traces = tracesTo(collector);
                ServerUnderTest server = ServerUnderTest.traced(traces)) {
            HttpResponse<String> unsampled = ask(server, "00");
            server.accessLog.of(
                    unsampled.headers().firstValue("mistral-correlation-id").orElseThrow());
            HttpResponse<String> refused = server.complete("{'model': 'tiny'}");
            JsonNode line =
                    server.accessLog.of(
                            refused.headers().firstValue("mistral-correlation-id").orElseThrow());
            server.get("/v1/models");
            traces.close();

            assertThat(collector.await(1)).hasSize(1);
            Span only = collector.spans.getFirst();
            assertThat(only.name()).isEqualTo("chat");
            assertThat(only.parentId()).isEmpty();
            assertThat(only.attributes())
                    .containsEntry("error.type", "invalid_request")
                    .containsEntry("http.response.status_code", "422");
            assertThat(line.get("trace_id").stringValue()).isEqualTo(only.traceId());
        }
    }

    /** The SDK keeps 2048 spans and sends 512 at once; a trace has five. */
    @Test
    void aCollectorThatHangsStopsNothingAndFillsNoMemory() throws Exception {
        int requests = 1000;
        try (OtlpReceiver collector = OtlpReceiver.hanging();
                Traces traces = tracesTo(collector);
                ServerUnderTest server = ServerUnderTest.traced(traces)) {
            for (int i = 0; i < requests; i++) {
                assertThat(ask(server, "01").statusCode()).isEqualTo(200);
            }
            collector.release();
            traces.close();

            assertThat(collector.spans).isNotEmpty();
            assertThat(collector.spans.size()).isLessThan(requests * 5 - 1000);
        }
    }

    @Test
    void aCollectorThatIsAwayStopsNothing() throws Exception {
        int closedPort;
        try (ServerSocket socket = new ServerSocket(0)) {
            closedPort = socket.getLocalPort();
        }
        List<LogRecord> logged = new CopyOnWriteArrayList<>();
        StreamHandler log =
                new StreamHandler(OutputStream.nullOutputStream(), new SimpleFormatter()) {
                    @Override
                    public synchronized void publish(LogRecord line) {
                        if (isLoggable(line)
                                && line.getLoggerName().startsWith("io.opentelemetry")) {
                            logged.add(line);
                        }
                    }
                };
        Logger root = Logger.getLogger("");
        root.addHandler(log);
        try (Traces traces = Traces.start(Optional.of("http://127.0.0.1:" + closedPort), "test");
                ServerUnderTest server = ServerUnderTest.traced(traces)) {
            for (int i = 0; i < 20; i++) {
                assertThat(ask(server, "01").statusCode()).isEqualTo(200);
            }
            while (logged.isEmpty()) {
                Thread.sleep(10);
            }
        } finally {
            root.removeHandler(log);
        }
        assertThat(logged)
                .as("a line without a stack trace")
                .allMatch(line -> line.getThrown() == null);
    }
}

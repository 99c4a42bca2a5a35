package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tramontane.kernel.scalar.ScalarKernels;

/** What Prometheus and a gateway read from {@code /metrics}. */
class MetricsWireTest {
    private static final String QUESTION =
            "{'model': 'tiny', 'messages': [{'role': 'user', 'content': 'abc'}], 'min_tokens': 6, 'max_tokens': 6, 'stream': %s}";
    private static final String CHAT = "gen_ai_operation_name=chat";

    private ServerUnderTest server;

    @BeforeEach
    void start() throws IOException {
        server = ServerUnderTest.start();
    }

    @AfterEach
    void stop() throws IOException, InterruptedException {
        server.close();
    }

    private Exposition metrics() throws IOException, InterruptedException {
        HttpResponse<String> answer = server.get("/metrics");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type").orElseThrow())
                .startsWith("text/plain; version=0.0.4");
        return new Exposition(answer.body());
    }

    private JsonNode ask(String json) throws IOException, InterruptedException {
        HttpResponse<String> answer = server.complete(json);
        JsonNode line = server.accessLog.of(id(answer));
        assertThat(line.get("status").intValue()).isEqualTo(answer.statusCode());
        return line;
    }

    private static String id(HttpResponse<String> answer) {
        return answer.headers().firstValue("mistral-correlation-id").orElseThrow();
    }

    @Test
    void aCompletionIsCountedWithItsTokensAndTimes() throws IOException, InterruptedException {
        HttpResponse<String> answer = server.complete(QUESTION.formatted("false"));
        JsonNode usage = ServerUnderTest.json(answer).get("usage");
        JsonNode line = server.accessLog.of(id(answer));
        ask(QUESTION.formatted("true"));
        int prompt = usage.get("prompt_tokens").intValue();

        Exposition metrics = metrics();

        assertThat(usage.get("completion_tokens").intValue()).isEqualTo(6);
        assertThat(metrics.sum("tramontane_prompt_tokens_total", "model=tiny"))
                .isEqualTo(2 * prompt);
        assertThat(metrics.sum("tramontane_completion_tokens_total", "model=tiny")).isEqualTo(12);
        assertThat(metrics.sum("gen_ai_client_token_usage_sum", CHAT, "gen_ai_token_type=input"))
                .isEqualTo(2 * prompt);
        assertThat(metrics.sum("gen_ai_client_token_usage_sum", CHAT, "gen_ai_token_type=output"))
                .isEqualTo(12);
        for (String name :
                List.of(
                        "gen_ai_server_request_duration_seconds",
                        "gen_ai_server_time_to_first_token_seconds",
                        "gen_ai_server_time_per_output_token_seconds")) {
            assertThat(metrics.sum(name + "_count", CHAT, "gen_ai_request_model=tiny"))
                    .as(name)
                    .isEqualTo(2);
            assertThat(metrics.sum(name + "_sum")).as(name).isGreaterThan(0);
        }
        assertThat(metrics.sum("gen_ai_server_request_duration_seconds_sum"))
                .as("the whole takes at least as long as the part")
                .isGreaterThan(metrics.sum("gen_ai_server_time_to_first_token_seconds_sum"));
        assertThat(metrics.sum("tramontane_request_queue_seconds_count", "model=tiny"))
                .isEqualTo(2);
        assertThat(
                        metrics.sum(
                                "tramontane_http_responses_total",
                                "route=/v1/chat/completions",
                                "status=200"))
                .isEqualTo(2);
        assertThat(metrics.sum("tramontane_rejected_requests_total")).isEqualTo(0);
        assertThat(line.get("first_token_ms").doubleValue())
                .isLessThanOrEqualTo(line.get("duration_ms").doubleValue());
    }

    @Test
    void prefixHitsAndDraftsAreThoseOfTheUsage() throws IOException, InterruptedException {
        String text = "abcdefgh".repeat(12);
        String question =
                ("{'model': 'tiny', 'messages': [{'role': 'user', 'content': '%s'}], 'temperature': 0,"
                                + " 'min_tokens': 8, 'max_tokens': 8, 'prediction': {'type': 'content', 'content': '%s'}}")
                        .formatted(text, text);
        int cached = 0;
        int accepted = 0;
        int rejected = 0;
        for (int round = 0; round < 2; round++) {
            HttpResponse<String> answer = server.complete(question);
            server.accessLog.of(id(answer));
            JsonNode usage = ServerUnderTest.json(answer).get("usage");
            cached += usage.get("num_cached_tokens").intValue();
            JsonNode details = usage.get("completion_tokens_details");
            accepted += details.get("accepted_prediction_tokens").intValue();
            rejected += details.get("rejected_prediction_tokens").intValue();
        }

        Exposition metrics = metrics();

        assertThat(cached).isGreaterThan(0);
        assertThat(metrics.sum("tramontane_cached_prompt_tokens_total")).isEqualTo(cached);
        assertThat(metrics.sum("tramontane_draft_tokens_total", "result=accepted"))
                .isEqualTo(accepted);
        assertThat(metrics.sum("tramontane_draft_tokens_total", "result=rejected"))
                .isEqualTo(rejected);
    }

    @Test
    void rejectionsAreCountedByTheirCause() throws IOException, InterruptedException {
        ask("{'model': 'tiny', 'messages': 7}");
        ask("{'model': 'nothing', 'messages': [{'role': 'user', 'content': 'a'}]}");
        ask(
                "{'model': 'tiny', 'messages': [{'role': 'user', 'content': '%s'}]}"
                        .formatted("a b ".repeat(9000)));
        HttpResponse<String> nowhere = server.get("/v1/moderations");
        server.accessLog.of(id(nowhere));

        Exposition metrics = metrics();

        for (String cause :
                List.of("invalid_request", "invalid_model", "context_exceeded", "not_found")) {
            assertThat(metrics.sum("tramontane_rejected_requests_total", "cause=" + cause))
                    .as(cause)
                    .isEqualTo(1);
        }
        assertThat(
                        metrics.sum(
                                "gen_ai_server_request_duration_seconds_count",
                                "error_type=invalid_model"))
                .isEqualTo(1);
        assertThat(metrics.sum("tramontane_http_responses_total", "route=none", "status=404"))
                .isEqualTo(1);
    }

    @Test
    void noLabelGrowsWithWhatClientsSend() throws IOException, InterruptedException {
        ask(QUESTION.formatted("false"));
        int before = metrics().series();
        String last = "";
        for (int i = 0; i < 40; i++) {
            ask(QUESTION.formatted("false").replace("tiny", "mistral-secret-" + i));
            ask(QUESTION.formatted("false").replace("tiny", "unknown-secret-" + i));
            HttpResponse<String> odd =
                    server.send(
                            HttpRequest.newBuilder(server.uri("/secret/" + i))
                                    .header("user-agent", "secret-" + i)
                                    .method("SECRET" + i, HttpRequest.BodyPublishers.noBody()));
            last = id(odd);
            server.accessLog.of(id(server.get("/v1/models/secret-" + i)));
        }
        server.accessLog.of(last);

        HttpResponse<String> text = server.get("/metrics");

        assertThat(text.body().toLowerCase(java.util.Locale.ROOT)).doesNotContain("secret");
        // One histogram and five counters are new: the rejected requests.
        assertThat(new Exposition(text.body()).series()).isLessThan(before + 60);
        assertThat(server.accessLog.all().toLowerCase(java.util.Locale.ROOT))
                .doesNotContain("secret");
    }

    @Test
    void aClientThatLeavesIsCountedAsSuch() throws IOException, InterruptedException {
        try (Socket socket = server.connect()) {
            RawHttp.write(
                    socket,
                    "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{");
            server.awaitInFlight(1);
        }
        server.awaitNobodyInFlight();

        Exposition metrics = metrics();
        while (metrics.sum("tramontane_http_responses_total", "status=499") < 1) {
            metrics = metrics();
        }
        assertThat(
                        metrics.sum(
                                "gen_ai_server_request_duration_seconds_count",
                                "error_type=client_disconnected"))
                .isEqualTo(1);
    }

    /** Samples one token, and the next only when it is told to. */
    private static final class Held extends ScalarKernels {
        private final AtomicInteger samples = new AtomicInteger();
        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch released = new CountDownLatch(1);

        @Override
        public void exp(float[] x) {
            if (samples.incrementAndGet() > 1) {
                reached.countDown();
                try {
                    released.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            super.exp(x);
        }
    }

    @Test
    void aGatewayReadsQueueRunningAndCache() throws Exception {
        Held kernels = new Held();
        try (ServerUnderTest held = ServerUnderTest.withKernels(kernels)) {
            String question =
                    RawHttp.request(
                            "{'model': 'tiny', 'messages': [{'role': 'user', 'content': 'abc'}], 'min_tokens': 40, 'max_tokens': 40}");
            List<Socket> clients = new ArrayList<>();
            clients.add(held.connect());
            RawHttp.write(clients.getFirst(), question);
            kernels.reached.await();
            for (int i = 0; i < 3; i++) {
                clients.add(held.connect());
                RawHttp.write(clients.getLast(), question);
            }
            JsonNode load = ServerUnderTest.json(held.get("/load"));
            while (load.get("waiting").intValue() < 3) {
                load = ServerUnderTest.json(held.get("/load"));
            }
            Exposition metrics = new Exposition(held.get("/metrics").body());

            assertThat(metrics.sum("vllm:num_requests_waiting")).isEqualTo(3);
            assertThat(metrics.sum("vllm:num_requests_running")).isEqualTo(1);
            int blocks = load.get("blocks").intValue();
            int used = blocks - load.get("free_blocks").intValue();
            assertThat(used).isGreaterThan(0);
            assertThat(metrics.sum("vllm:kv_cache_usage_perc"))
                    .isCloseTo(used / (double) blocks, within(1e-9));
            assertThat(
                            metrics.sum(
                                    "vllm:cache_config_info",
                                    "block_size=16",
                                    "num_gpu_blocks=" + blocks,
                                    "model_name=tiny"))
                    .isEqualTo(1);
            assertThat(metrics.types)
                    .containsEntry("vllm:num_requests_waiting", "gauge")
                    .containsEntry("vllm:num_requests_running", "gauge")
                    .containsEntry("vllm:kv_cache_usage_perc", "gauge")
                    .containsEntry("vllm:cache_config_info", "gauge");
            // The four clients, and the scrape itself.
            assertThat(metrics.sum("tramontane_open_requests")).isEqualTo(5);
            kernels.released.countDown();
            for (Socket client : clients) {
                client.close();
            }
        }
    }

    @Test
    void withKeysMetricsNeedOneAndProbesDoNot() throws IOException, InterruptedException {
        try (ServerUnderTest locked = ServerUnderTest.withKey("secret")) {
            assertThat(locked.get("/metrics").statusCode()).isEqualTo(401);
            assertThat(
                            locked.send(
                                            HttpRequest.newBuilder(locked.uri("/metrics"))
                                                    .header("authorization", "Bearer secret"))
                                    .statusCode())
                    .isEqualTo(200);
            for (String probe : List.of("/health", "/livez", "/readyz", "/openapi.json")) {
                assertThat(locked.get(probe).statusCode()).as(probe).isEqualTo(200);
            }
        }
    }

    @Test
    void withoutKeysAForeignPageReadsNoMetrics() throws IOException, InterruptedException {
        HttpResponse<String> answer =
                server.send(
                        HttpRequest.newBuilder(server.uri("/metrics"))
                                .header("origin", "http://example.com"));

        assertThat(answer.statusCode()).isEqualTo(403);
    }
}

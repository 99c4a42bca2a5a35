package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tramontane.access.ApiKey;
import tramontane.access.FailedAttempts;
import tramontane.access.KeyLimits;
import tramontane.access.KeyRing;
import tramontane.access.StoredKey;
import tramontane.api.FieldSet;
import tramontane.endpoint.Gate;
import tramontane.limit.MonthTable;
import tramontane.limit.RateLimits;
import tramontane.store.Database;
import tramontane.store.DatabaseUrl;

/** Keys of the database over a socket, with clocks that only the test moves. */
class KeysWireTest {
    private static final String TEXT = ApiKey.create(new Random(11));
    private static final String KEY = "Bearer " + TEXT;

    private static final String SHORT =
            "{'model':'tiny','max_tokens':%d,'messages':[{'role':'user','content':'hi'}]%s}";

    /** An answer that is not complete before the test goes on. */
    private static final String LONG =
            "{'model':'tiny','messages':[{'content':'"
                    + "word ".repeat(300)
                    + "'}],'n':16,'max_tokens':1000,'min_tokens':900,'temperature':1%s}";

    @TempDir Path folder;

    private final AtomicLong nanos = new AtomicLong();
    private volatile Instant now = Instant.parse("2026-11-29T12:00:00Z");
    private KeyRing ring;
    private RateLimits limits;
    private MonthTable months;
    private ServerUnderTest server;

    @BeforeEach
    void start() throws Exception {
        months = MonthTable.open(Database.open(new DatabaseUrl.Sqlite(folder.resolve("keys.db"))));
        ring = new KeyRing(List.of("given"), List.of("boss"), () -> now);
        limits = new RateLimits(() -> now, nanos::get, Optional.of(months));
        server =
                ServerUnderTest.behind(
                        new Gate(ring, new FailedAttempts(System::nanoTime), limits));
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
        months.close();
    }

    private void allow(KeyLimits of, String... models) {
        ring.replace(List.of(key(of, Optional.empty(), models)));
    }

    private void revoke() {
        ring.replace(List.of(key(KeyLimits.NONE, Optional.of(1L))));
    }

    private static StoredKey key(KeyLimits of, Optional<Long> revoked, String... models) {
        return new StoredKey(
                "key_7",
                "alice",
                new StoredKey.Secret(ApiKey.sha256(TEXT), Optional.empty()),
                new StoredKey.Lifetime(0, Optional.empty(), revoked, Optional.empty()),
                new StoredKey.Scope(Set.of(models), false, FieldSet.MISTRAL),
                of);
    }

    private static KeyLimits limits(long requests, long tokens, long month, long concurrent) {
        return new KeyLimits(limit(requests), limit(tokens), limit(month), limit(concurrent));
    }

    private static Optional<Long> limit(long value) {
        return value == 0 ? Optional.empty() : Optional.of(value);
    }

    private HttpResponse<String> get(String path, String key) throws Exception {
        return server.send(HttpRequest.newBuilder(server.uri(path)).header("authorization", key));
    }

    private HttpResponse<String> post(String path, String json) throws Exception {
        return server.send(
                HttpRequest.newBuilder(server.uri(path))
                        .header("authorization", KEY)
                        .POST(HttpRequest.BodyPublishers.ofString(json.replace('\'', '"'))));
    }

    private HttpResponse<String> chat(int maxTokens, String more) throws Exception {
        return post("/v1/chat/completions", SHORT.formatted(maxTokens, more));
    }

    private static String request(String json) {
        return RawHttp.request(json).replace("\r\n\r\n", "\r\nAuthorization: " + KEY + "\r\n\r\n");
    }

    private static long header(HttpResponse<?> response, String name) {
        return response.headers().firstValueAsLong("x-ratelimit-" + name).orElseThrow();
    }

    private static OptionalLong retryAfter(HttpResponse<?> response) {
        return response.headers().firstValueAsLong("retry-after");
    }

    private static JsonNode refusal(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(429);
        JsonNode error = ServerUnderTest.json(response);
        assertThat(error.get("object").stringValue()).isEqualTo("error");
        assertThat(error.get("type").stringValue()).isEqualTo("rate_limited");
        assertThat(error.get("code").stringValue()).isEqualTo("1300");
        return error;
    }

    /** Moves the clock of the minutes to just before the wait ends, and then to its end. */
    private void passesAfterItsWait(int maxTokens) throws Exception {
        HttpResponse<String> refused = chat(maxTokens, "");
        refusal(refused);
        long seconds = retryAfter(refused).orElseThrow();
        nanos.addAndGet((seconds - 1) * 1_000_000_000);
        refusal(chat(maxTokens, ""));
        nanos.addAndGet(1_000_000_000);
        assertThat(chat(maxTokens, "").statusCode()).isEqualTo(200);
    }

    @Test
    void requestsOfAMinuteAreLimitedWithAnExactWait() throws Exception {
        allow(limits(7, 0, 0, 0));
        for (int left = 6; left >= 0; left--) {
            HttpResponse<String> answer = chat(2, "");
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(header(answer, "limit-req-minute")).isEqualTo(7);
            assertThat(header(answer, "remaining-req-minute")).isEqualTo(left);
        }
        passesAfterItsWait(2);
        assertThat(post("/tramontane/inspect", SHORT.formatted(2, "")).statusCode())
                .as("an inspection is a request")
                .isEqualTo(429);
        assertThat(header(get("/v1/models", KEY), "remaining-req-minute")).isZero();
    }

    @Test
    void anAnswerWithAnErrorCountsItself() throws Exception {
        allow(limits(7, 0, 0, 0));
        for (int left = 6; left >= 4; left--) {
            HttpResponse<String> answer = post("/v1/chat/completions", "{}");
            assertThat(answer.statusCode()).isEqualTo(422);
            assertThat(header(answer, "remaining-req-minute")).isEqualTo(left);
        }
    }

    @Test
    void tokensOfAMinuteAreReservedAndSettled() throws Exception {
        allow(limits(0, 1000, 0, 0));
        HttpResponse<String> whole = chat(3, "");
        int used = ServerUnderTest.json(whole).at("/usage/total_tokens").intValue();
        assertThat(header(whole, "limit-tokens-minute")).isEqualTo(1000);
        assertThat(header(whole, "remaining-tokens-minute")).isEqualTo(1000 - used);
        assertThat(header(whole, "tokens-query-cost")).isEqualTo(used);

        HttpResponse<String> stream = chat(300, ",'stream':true,'stop':['a','e','i','o',' ']");
        int prompt = used - ServerUnderTest.json(whole).at("/usage/completion_tokens").intValue();
        assertThat(header(stream, "tokens-query-cost")).isEqualTo(prompt + 300);
        String last = stream.body().replaceFirst("(?s).*data: (\\{.*?})\n\ndata: \\[DONE].*", "$1");
        int streamed = JsonMapper.shared().readTree(last).at("/usage/total_tokens").intValue();
        assertThat(header(get("/v1/models", KEY), "remaining-tokens-minute"))
                .isEqualTo(1000 - used - streamed);
        nanos.addAndGet(60_000_000_000L);
        assertThat(chat(400, ",'min_tokens':400").statusCode()).isEqualTo(200);
        assertThat(chat(400, ",'min_tokens':400").statusCode()).isEqualTo(200);
        passesAfterItsWait(300);
    }

    @Test
    void tokensOfAMonthWaitForTheNextMonth() throws Exception {
        allow(limits(0, 0, 200, 0));
        HttpResponse<String> first = chat(150, ",'min_tokens':150");
        int used = ServerUnderTest.json(first).at("/usage/total_tokens").intValue();
        HttpResponse<String> refused = chat(150, "");
        assertThat(refusal(refused).get("message").stringValue()).contains("200 tokens a month");
        assertThat(header(refused, "remaining-tokens-month")).isEqualTo(200 - used);
        now = now.plusSeconds(retryAfter(refused).orElseThrow());
        assertThat(now).isEqualTo(Instant.parse("2026-12-01T00:00:00Z"));
        assertThat(chat(150, "").statusCode()).isEqualTo(200);
    }

    @Test
    void aRequestThatCanNeverPassIsToldSo() throws Exception {
        allow(limits(0, 100, 0, 0));
        HttpResponse<String> refused = chat(101, "");
        JsonNode error = refusal(refused);
        assertThat(error.get("message").stringValue()).contains("larger than the limit");
        assertThat(error.get("param").stringValue()).isEqualTo("max_tokens");
        assertThat(retryAfter(refused)).isEmpty();
    }

    @Test
    void aCancelledAnswerIsSettledWithWhatItUsed() throws Exception {
        allow(limits(0, 100_000, 100_000, 0));
        try (Socket socket = server.connect()) {
            RawHttp.write(socket, request(LONG.formatted(",'stream':true")));
            assertThat(socket.getInputStream().readNBytes(4000)).hasSize(4000);
            assertThat(limits.use("key_7").orElseThrow().tokensLeft().orElseThrow())
                    .isLessThan(100_000 - 16_000);
        }
        server.awaitNobodyInFlight();
        long left = limits.use("key_7").orElseThrow().tokensLeft().orElseThrow();
        assertThat(left).isBetween(100_000L - 10_000, 100_000L - 100);
        assertThat(limits.use("key_7").orElseThrow().monthTokensLeft()).contains(left);
    }

    @Test
    void aClientThatLeavesFreesItsPlace() throws Exception {
        allow(limits(0, 0, 0, 1));
        for (String kind : List.of("", ",'stream':true")) {
            try (Socket socket = server.connect()) {
                RawHttp.write(socket, request(LONG.formatted(kind)));
                while (limits.use("key_7").map(use -> use.running() == 0).orElse(true)) {
                    Thread.onSpinWait();
                }
                HttpResponse<String> refused = chat(2, "");
                assertThat(refusal(refused).get("message").stringValue())
                        .contains("at the same time");
                assertThat(retryAfter(refused)).hasValue(1);
            }
            server.awaitNobodyInFlight();
            assertThat(chat(2, "").statusCode()).isEqualTo(200);
        }
    }

    /** A client's next request must not find its last one still counted. */
    @Test
    void oneRequestAfterAnotherIsNeverTooManyAtOnce() throws Exception {
        allow(limits(0, 0, 2_000, 1));
        for (int i = 0; i < 100; i++) {
            HttpResponse<String> answer = chat(0, i % 2 == 0 ? "" : ",'stream':true");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        }
    }

    @Test
    void aRevokedKeyEndsItsRunningAnswers() throws Exception {
        allow(KeyLimits.NONE);
        try (Socket stream = server.connect();
                Socket whole = server.connect();
                Socket events = server.connect()) {
            RawHttp.write(stream, request(LONG.formatted(",'stream':true")));
            assertThat(stream.getInputStream().readNBytes(500)).hasSize(500);
            RawHttp.write(whole, request(LONG.formatted("")));
            RawHttp.write(
                    events,
                    "GET /tramontane/requests/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: "
                            + KEY
                            + "\r\nConnection: close\r\n\r\n");
            assertThat(events.getInputStream().readNBytes(100)).hasSize(100);
            server.awaitInFlight(3);
            revoke();
            server.awaitNobodyInFlight();
            stream.shutdownOutput();
            whole.shutdownOutput();
            assertThat(RawHttp.readToEnd(stream))
                    .doesNotContain("[DONE]")
                    .contains("\"finish_reason\":\"error\"")
                    .contains("\"type\":\"unauthorized\"")
                    .contains("The API key has been revoked.");
            assertThat(RawHttp.readToEnd(whole)).startsWith("HTTP/1.1 401");
            assertThat(RawHttp.readToEnd(events)).endsWith("0\r\n\r\n");
        }
        assertThat(chat(2, "").body()).contains("API key alice is revoked");
        while (ServerUnderTest.json(get("/load", "Bearer given")).get("running").intValue() > 0) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aKeySeesTheModelsOfItsScope() throws Exception {
        allow(KeyLimits.NONE, "little");
        assertThat(get("/v1/models", KEY).body()).contains("\"id\":\"tiny\"");
        assertThat(chat(2, "").statusCode()).isEqualTo(200);

        allow(KeyLimits.NONE, "another-model");
        assertThat(get("/v1/models", KEY).body()).contains("\"data\":[]");
        assertThat(get("/v1/models/tiny", KEY).statusCode()).isEqualTo(404);
        for (String model : List.of("tiny", "little", "mistral-small-latest")) {
            HttpResponse<String> refused =
                    post("/v1/chat/completions", SHORT.formatted(2, "").replace("tiny", model));
            assertThat(refused.statusCode()).isEqualTo(400);
            JsonNode error = ServerUnderTest.json(refused);
            assertThat(error.get("type").stringValue()).isEqualTo("invalid_model");
            assertThat(error.get("code").stringValue()).isEqualTo("1500");
            assertThat(error.get("message").stringValue()).isEqualTo("Invalid model: " + model);
        }
        assertThat(post("/v1/fim/completions", "{'model':'tiny','prompt':'a'}").statusCode())
                .isEqualTo(400);
        JsonNode inspection =
                ServerUnderTest.json(post("/tramontane/inspect", SHORT.formatted(2, "")));
        assertThat(inspection.get("valid").booleanValue()).isFalse();
        assertThat(inspection.get("model").isNull()).isTrue();
    }

    @Test
    void onlyAnAdministratorSeesOtherKeys() throws Exception {
        allow(limits(60, 5000, 0, 2), "tiny");
        assertThat(chat(2, "").statusCode()).isEqualTo(200);
        assertThat(get("/tramontane/keys", KEY).statusCode()).isEqualTo(403);
        assertThat(get("/tramontane/keys", "Bearer given").statusCode()).isEqualTo(403);
        assertThat(get("/tramontane/keys", "Bearer wrong").statusCode()).isEqualTo(401);
        HttpResponse<String> report = get("/tramontane/keys", "Bearer boss");
        JsonNode key = ServerUnderTest.json(report).at("/data/0");
        assertThat(key.get("name").stringValue()).isEqualTo("alice");
        assertThat(key.at("/limits/requests_per_minute").intValue()).isEqualTo(60);
        assertThat(key.at("/left/requests").intValue()).isEqualTo(59);
        assertThat(key.at("/left/running").intValue()).isZero();
        assertThat(report.body()).doesNotContain(TEXT, ApiKey.sha256(TEXT));
    }

    /** Others at the same address, such as a proxy's, must not be locked out. */
    /** They tell how busy the whole server is, which is not the business of every key. */
    @Test
    void metricsAreForTheOperatorsKeys() throws Exception {
        allow(KeyLimits.NONE);

        assertThat(get("/metrics", KEY).statusCode()).isEqualTo(403);
        assertThat(get("/metrics", "Bearer wrong").statusCode()).isEqualTo(401);
        assertThat(get("/metrics", "Bearer given").statusCode()).isEqualTo(200);
        assertThat(get("/metrics", "Bearer boss").statusCode()).isEqualTo(200);
    }

    @Test
    void wrongKeysWaitAndCorrectOnesDoNot() throws Exception {
        allow(KeyLimits.NONE);
        for (int i = 0; i < 10; i++) {
            assertThat(get("/v1/models", "Bearer wrong" + i).statusCode()).isEqualTo(401);
        }
        List<CompletableFuture<Integer>> guesses = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            guesses.add(
                    CompletableFuture.supplyAsync(
                            () -> {
                                try {
                                    return get("/v1/models", "Bearer guess").statusCode();
                                } catch (Exception e) {
                                    throw new AssertionError(e);
                                }
                            },
                            Thread::startVirtualThread));
        }
        while (server.inFlight.count() < 16) {
            assertThat(guesses).noneMatch(CompletableFuture::isDone);
        }
        boolean crowded = false;
        while (guesses.stream().noneMatch(CompletableFuture::isDone)) {
            assertThat(get("/v1/models", KEY).statusCode()).isEqualTo(200);
            // Keys that people choose are not checked while so many guesses wait.
            crowded |= get("/v1/models", "Bearer given").statusCode() == 429;
        }
        assertThat(crowded).isTrue();
        for (CompletableFuture<Integer> guess : guesses) {
            assertThat(guess.get()).isEqualTo(401);
        }
        assertThat(get("/v1/models", "Bearer given").statusCode()).isEqualTo(200);
    }
}

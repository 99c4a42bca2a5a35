package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tramontane.access.ApiKey;
import tramontane.access.FailedAttempts;
import tramontane.access.KeyLimits;
import tramontane.access.KeyRing;
import tramontane.access.StoredKey;
import tramontane.api.FieldSet;
import tramontane.backend.RunOptions;
import tramontane.endpoint.Gate;
import tramontane.kernel.choice.KernelChoice;
import tramontane.ledger.Ledger;
import tramontane.ledger.SmallLedger;
import tramontane.limit.RateLimits;
import tramontane.pool.ModelPool;
import tramontane.pool.PoolSettings;
import tramontane.pool.PooledModel;
import tramontane.pool.UnloadableModelException;
import tramontane.store.DatabaseUrl;
import tramontane.store.Rows;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyEncoder;
import tramontane.testkit.TinyModel;

/** {@code POST /v1/embeddings} over a socket, with a tiny random model. */
class EmbeddingsWireTest {
    private static final String TWO =
            "{'model':'mistral-embed','input':['the cold wind','from the north.']%s}";

    @TempDir Path folder;

    private static ServerUnderTest serve() throws Exception {
        return ServerUnderTest.embedding(
                Gates.of(List.of()), KernelChoice.of(""), Optional.empty());
    }

    private static HttpResponse<String> embed(ServerUnderTest server, String json)
            throws Exception {
        return server.send(request(server, json));
    }

    private static HttpRequest.Builder request(ServerUnderTest server, String json) {
        return HttpRequest.newBuilder(server.uri("/v1/embeddings"))
                .POST(HttpRequest.BodyPublishers.ofString(json.replace('\'', '"')));
    }

    private static float[] vector(JsonNode answer, int index) {
        JsonNode numbers = answer.at("/data/" + index + "/embedding");
        float[] vector = new float[numbers.size()];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = numbers.get(i).floatValue();
        }
        return vector;
    }

    private static double length(float[] vector) {
        double squares = 0;
        for (float x : vector) {
            squares += (double) x * x;
        }
        return Math.sqrt(squares);
    }

    @Test
    void eachTextHasAVectorInOrderWithTheSameBitsAsAlone() throws Exception {
        try (ServerUnderTest server = serve()) {
            HttpResponse<String> response = embed(server, TWO.formatted(""));
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
            JsonNode answer = ServerUnderTest.json(response);
            assertThat(answer.get("object").stringValue()).isEqualTo("list");
            assertThat(answer.get("model").stringValue()).isEqualTo("mistral-embed");
            assertThat(answer.get("id").stringValue()).hasSize(32);
            assertThat(answer.get("data").size()).isEqualTo(2);
            assertThat(answer.at("/data/1/index").intValue()).isEqualTo(1);
            assertThat(answer.at("/data/1/object").stringValue()).isEqualTo("embedding");
            assertThat(vector(answer, 0)).hasSize(TinyEncoder.WIDTH);
            assertThat(length(vector(answer, 1))).isCloseTo(1, within(1e-6));
            // Three and four words, and two tokens around each text.
            assertThat(answer.at("/usage/prompt_tokens").intValue()).isEqualTo(11);
            assertThat(answer.at("/usage/total_tokens").intValue()).isEqualTo(11);
            assertThat(answer.at("/usage/completion_tokens").intValue()).isZero();
            JsonNode alone =
                    ServerUnderTest.json(
                            embed(server, "{'model':'tiny','input':'from the north.'}"));
            assertThat(vector(alone, 0)).isEqualTo(vector(answer, 1));
            // Clients forget /v1, or write it twice.
            assertThat(
                            server.send(
                                            HttpRequest.newBuilder(server.uri("/embeddings"))
                                                    .POST(
                                                            HttpRequest.BodyPublishers.ofString(
                                                                    TWO.formatted("")
                                                                            .replace('\'', '"'))))
                                    .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void formsOfVectorsAreAsDocumented() throws Exception {
        try (ServerUnderTest server = serve()) {
            float[] whole = vector(ServerUnderTest.json(embed(server, TWO.formatted(""))), 0);
            String base64 =
                    ServerUnderTest.json(
                                    embed(server, TWO.formatted(",'encoding_format':'base64'")))
                            .at("/data/0/embedding")
                            .stringValue();
            float[] decoded = new float[whole.length];
            ByteBuffer.wrap(Base64.getDecoder().decode(base64))
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(decoded);
            assertThat(decoded).isEqualTo(whole);

            JsonNode shorter =
                    ServerUnderTest.json(
                            embed(
                                    server,
                                    TWO.formatted(",'output_dimension':16,'metadata':{'a':1}")));
            float[] first = vector(shorter, 0);
            assertThat(first).hasSize(16);
            assertThat(length(first)).isCloseTo(1, within(1e-6));
            for (int i = 0; i < 16; i++) {
                assertThat(first[i] / first[0]).isCloseTo(whole[i] / whole[0], within(1e-3f));
            }
            for (String form : List.of("int8", "uint8", "binary", "ubinary")) {
                String asked = ",'output_dtype':'" + form + "','output_dimension':16";
                JsonNode numbers =
                        ServerUnderTest.json(embed(server, TWO.formatted(asked)))
                                .at("/data/0/embedding");
                String bytes =
                        ServerUnderTest.json(
                                        embed(
                                                server,
                                                TWO.formatted(
                                                        asked + ",'encoding_format':'base64'")))
                                .at("/data/0/embedding")
                                .stringValue();
                byte[] packed = Base64.getDecoder().decode(bytes);
                assertThat(packed).hasSize(form.endsWith("binary") ? 2 : 16);
                for (int i = 0; i < packed.length; i++) {
                    assertThat(numbers.get(i).isInt()).isTrue();
                    assertThat((byte) numbers.get(i).intValue()).isEqualTo(packed[i]);
                }
            }
        }
    }

    @Test
    void faultyRequestsAreRefusedWithTheField() throws Exception {
        try (ServerUnderTest server = serve()) {
            checkInvalid(server, "{'model':'tiny'}", "input", "missing");
            checkInvalid(server, "{'model':'tiny','input':''}", "input", "string_too_short");
            checkInvalid(server, "{'model':'tiny','input':[]}", "input", "too_short");
            checkInvalid(server, "{'model':'tiny','input':['a','']}", "1", "string_too_short");
            checkInvalid(server, "{'model':'tiny','input':[[1,2]]}", "input", "not_supported");
            checkInvalid(server, "{'model':'tiny','input':['a',2]}", "1", "string_type");
            checkInvalid(server, "{'model':'tiny','input':3}", "input", "list_type");
            checkInvalid(
                    server,
                    "{'model':'tiny','input':['a'" + ",'a'".repeat(2048) + "]}",
                    "input",
                    "too_long");
            String more = "{'model':'tiny','input':'a',%s}";
            checkInvalid(
                    server,
                    more.formatted("'output_dimension':0"),
                    "output_dimension",
                    "greater_than_equal");
            checkInvalid(server, more.formatted("'output_dtype':'int4'"), "output_dtype", "enum");
            checkInvalid(
                    server, more.formatted("'encoding_format':'hex'"), "encoding_format", "enum");
            checkInvalid(server, more.formatted("'dimensions':8"), "dimensions", "extra_forbidden");
            checkRefused(server, more.formatted("'output_dimension':65"), "output_dimension is 65");
            checkRefused(
                    server,
                    more.formatted("'output_dimension':12,'output_dtype':'binary'"),
                    "multiple of 8");
            checkRefused(
                    server,
                    "{'model':'tiny','input':['a','" + "wind ".repeat(159) + "']}",
                    "Text 1 of input contains 161 tokens, too large for model with 160");
            checkRefused(
                    server,
                    "{'model':'tiny','input':'" + "a ".repeat(100_000) + "'}",
                    "Text 0 of input contains more than 8352 tokens");
            checkRefused(
                    server,
                    "{'model':'tiny','input':['a'"
                            + (",'" + "a ".repeat(158) + "'").repeat(1700)
                            + "]}",
                    "more than 262144 tokens together");
            assertThat(
                            embed(server, "{'model':'tiny','input':'" + "wind ".repeat(158) + "'}")
                                    .statusCode())
                    .isEqualTo(200);
        }
    }

    private static void checkInvalid(ServerUnderTest server, String json, String field, String type)
            throws Exception {
        HttpResponse<String> response = embed(server, json);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(422);
        JsonNode fault = ServerUnderTest.json(response).at("/detail/0");
        assertThat(fault.get("type").stringValue()).isEqualTo(type);
        JsonNode loc = fault.get("loc");
        assertThat(loc.get(loc.size() - 1).asString()).isEqualTo(field);
    }

    private static void checkRefused(ServerUnderTest server, String json, String reason)
            throws Exception {
        HttpResponse<String> response = embed(server, json);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(ServerUnderTest.json(response).get("message").stringValue()).contains(reason);
        assertThat(ServerUnderTest.json(response).get("param").isString()).isTrue();
    }

    @Test
    void aModelDoesOnlyWhatItIsMadeFor() throws Exception {
        try (ServerUnderTest server = serve();
                ServerUnderTest chat = ServerUnderTest.start()) {
            for (String name : List.of("tiny", "little")) {
                HttpResponse<String> refused =
                        server.complete(
                                "{'model':'"
                                        + name
                                        + "','messages':[{'role':'user','content':'a'}]}");
                assertThat(refused.statusCode()).isEqualTo(400);
                assertThat(refused.body()).contains("Invalid model", "computes embeddings", "1500");
            }
            HttpResponse<String> unknown =
                    server.complete(
                            "{'model':'mistral-small-latest','messages':[{'role':'user','content':'a'}]}");
            assertThat(unknown.body()).contains("Invalid model: mistral-small-latest");
            HttpResponse<String> refused = embed(chat, "{'model':'tiny','input':'a'}");
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(refused.body()).contains("Invalid model", "declares no pooling", "1500");
            assertThat(embed(chat, "{'model':'mistral-embed','input':'a'}").body())
                    .contains("Invalid model: mistral-embed");

            JsonNode card = ServerUnderTest.json(server.get("/v1/models/tiny"));
            assertThat(card.at("/capabilities/completion_chat").booleanValue()).isFalse();
            assertThat(card.get("max_context_length").intValue()).isEqualTo(160);
            assertThat(card.get("description").stringValue()).contains("64 dimensions");
            HttpResponse<String> inspected =
                    server.send(
                            HttpRequest.newBuilder(server.uri("/tramontane/inspect"))
                                    .POST(
                                            HttpRequest.BodyPublishers.ofString(
                                                    "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}")));
            assertThat(inspected.body()).contains("computes embeddings");
        }
    }

    @Test
    void aRequestHasItsRowInTheLedgerAndItsPlaceInTheMetrics() throws Exception {
        DatabaseUrl url = new DatabaseUrl.Sqlite(folder.resolve("ledger.db"));
        try (Ledger ledger = SmallLedger.start(url, true, 100);
                ServerUnderTest server =
                        ServerUnderTest.embedding(
                                Gates.of(List.of()), KernelChoice.of(""), Optional.of(ledger))) {
            HttpResponse<String> answer = embed(server, TWO.formatted(""));
            String id = answer.headers().firstValue("mistral-correlation-id").orElseThrow();
            Map<String, String> row =
                    Rows.of(url, "SELECT * FROM ledger WHERE id = '" + id + "'").getFirst();
            assertThat(row)
                    .containsEntry("outcome", "finished")
                    .containsEntry("path", "/v1/embeddings")
                    .containsEntry("model", "mistral-embed")
                    .containsEntry("served_model", "tiny")
                    .containsEntry("prompt_tokens", "11")
                    .containsEntry("completion_tokens", "0");
            assertThat(row.get("answer_sha256")).hasSize(64);
            String again =
                    embed(server, TWO.formatted(",'encoding_format':'base64'"))
                            .headers()
                            .firstValue("mistral-correlation-id")
                            .orElseThrow();
            assertThat(Rows.of(url, "SELECT * FROM ledger WHERE id = '" + again + "'").getFirst())
                    .as("the sum is of the vectors, not of their form")
                    .containsEntry("answer_sha256", row.getOrDefault("answer_sha256", ""));
            String other =
                    embed(server, TWO.formatted("").replace("cold", "warm"))
                            .headers()
                            .firstValue("mistral-correlation-id")
                            .orElseThrow();
            assertThat(
                            Rows.of(url, "SELECT * FROM ledger WHERE id = '" + other + "'")
                                    .getFirst()
                                    .get("answer_sha256"))
                    .isNotEqualTo(row.get("answer_sha256"));
            assertThat(embed(server, "{'model':'tiny'}").statusCode()).isEqualTo(422);
            assertThat(server.get("/metrics").body())
                    .contains(
                            "gen_ai_operation_name=\"embeddings\"",
                            "gen_ai_request_model=\"tiny\"");
            assertThat(server.get("/tramontane/requests").body())
                    .contains("\"path\":\"/v1/embeddings\"");
        }
    }

    @Test
    void theTokensOfAKeyAreCountedAndLimited() throws Exception {
        String text = ApiKey.create(new java.util.Random(11));
        KeyRing ring = new KeyRing(List.of(), List.of(), ServerUnderTest.CLOCK);
        ring.replace(
                List.of(
                        new StoredKey(
                                "key_7",
                                "alice",
                                new StoredKey.Secret(ApiKey.sha256(text), Optional.empty()),
                                new StoredKey.Lifetime(
                                        0, Optional.empty(), Optional.empty(), Optional.empty()),
                                new StoredKey.Scope(Set.of(), false, FieldSet.MISTRAL),
                                new KeyLimits(
                                        Optional.empty(),
                                        Optional.of(20L),
                                        Optional.empty(),
                                        Optional.empty()))));
        Gate gate =
                new Gate(
                        ring,
                        new FailedAttempts(() -> 0),
                        new RateLimits(ServerUnderTest.CLOCK, () -> 0, Optional.empty()));
        try (ServerUnderTest server =
                ServerUnderTest.embedding(gate, KernelChoice.of(""), Optional.empty())) {
            HttpResponse<String> first = withKey(server, text, TWO.formatted(""));
            assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
            assertThat(first.headers().firstValue("x-ratelimit-tokens-query-cost")).contains("11");
            assertThat(first.headers().firstValue("x-ratelimit-remaining-tokens-minute"))
                    .contains("9");
            assertThat(withKey(server, text, TWO.formatted("")).statusCode()).isEqualTo(429);
            HttpResponse<String> huge =
                    withKey(server, text, "{'model':'tiny','input':'" + "a ".repeat(30) + "'}");
            assertThat(huge.statusCode()).isEqualTo(429);
            assertThat(huge.body()).contains("its prompt has 32. Shorten the prompt");
        }
    }

    private static HttpResponse<String> withKey(ServerUnderTest server, String key, String json)
            throws Exception {
        return server.send(request(server, json).header("authorization", "Bearer " + key));
    }

    @Test
    void anErrorNamesTheFieldThatWasSent() throws Exception {
        try (ServerUnderTest server =
                ServerUnderTest.embedding(Gates.openAi(), KernelChoice.of(""), Optional.empty())) {
            for (String field : List.of("dimensions", "output_dimension")) {
                String json = "{'model':'tiny','input':'a','" + field + "':9999}";
                checkRefused(server, json, field + " is 9999, model tiny has 64 dimensions");
                assertThat(ServerUnderTest.json(embed(server, json)).at("/error/param").asString())
                        .isEqualTo(field);
            }
        }
    }

    @Test
    void anEmbeddingModelIsOneOfSeveral() throws Exception {
        ServerUnderTest.Opening opening =
                (directory, machine) -> {
                    Path chat = directory.resolve("chat.gguf");
                    Path embed = directory.resolve("embed.gguf");
                    TinyModel.of(Architecture.LLAMA).write(chat);
                    TinyEncoder.ofMean().write(embed);
                    try {
                        return ModelPool.open(
                                List.of(
                                        new PooledModel("embed", embed, false),
                                        new PooledModel("chat", chat, false)),
                                new RunOptions(Optional.of(1), Optional.empty(), Optional.of(4)),
                                new PoolSettings(
                                        1L << 26,
                                        Duration.ofMinutes(5),
                                        Optional.empty(),
                                        Duration.ofMillis(50),
                                        Duration.ofMillis(200),
                                        4),
                                machine);
                    } catch (UnloadableModelException e) {
                        throw new AssertionError(e);
                    }
                };
        try (ServerUnderTest server = ServerUnderTest.with(opening, () -> KernelChoice.of(""))) {
            assertThat(embed(server, TWO.formatted("")).statusCode()).isEqualTo(200);
            String hosted =
                    "{'model':'mistral-small-latest','messages':[{'role':'user','content':'a'}],'max_tokens':2}";
            HttpResponse<String> answer = server.complete(hosted);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(embed(server, TWO.formatted("")).statusCode()).isEqualTo(200);
            assertThat(embed(server, "{'model':'chat','input':'a'}").body())
                    .contains("generates text");
        }
    }
}

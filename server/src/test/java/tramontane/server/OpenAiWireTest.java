package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tramontane.access.ApiKey;
import tramontane.access.FailedAttempts;
import tramontane.access.KeyLimits;
import tramontane.access.KeyRing;
import tramontane.access.StoredKey;
import tramontane.api.FieldSet;
import tramontane.endpoint.Gate;
import tramontane.limit.RateLimits;

/** Requests with OpenAI's fields on the wire; StreamGoldenTest has the bytes of the answers. */
class OpenAiWireTest {
    private static final String ASK =
            "{'model':'tiny','temperature':0,'max_tokens':9,'messages':[{'role':'user','content':'one two'}]%s}";

    private static ServerUnderTest server;

    @BeforeAll
    static void start() throws IOException {
        server = ServerUnderTest.openAi(ServerUnderTest.LIMITS);
    }

    @AfterAll
    static void stop() throws IOException, InterruptedException {
        server.close();
    }

    private static List<JsonNode> chunks(String fields) throws IOException, InterruptedException {
        HttpResponse<String> answer = server.complete(ASK.formatted(",'stream':true" + fields));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body()
                .lines()
                .filter(line -> line.startsWith("data: {"))
                .map(line -> JsonMapper.shared().readTree(line.substring("data: ".length())))
                .toList();
    }

    private static String text(List<JsonNode> chunks) {
        StringBuilder text = new StringBuilder();
        chunks.forEach(chunk -> text.append(chunk.at("/choices/0/delta/content").asString("")));
        return text.toString();
    }

    @Test
    void theSameSeedGivesTheSameAnswerUnderBothNames() throws Exception {
        String sampled = "{'model':'tiny','max_tokens':9,'messages':[{'content':'one'}],%s}";
        String expected =
                ServerUnderTest.json(server.complete(sampled.formatted("'random_seed':7")))
                        .at("/choices/0/message")
                        .toString();
        for (String seed : new String[] {"'seed':7", "'seed':7,'max_completion_tokens':20"}) {
            assertThat(
                            ServerUnderTest.json(server.complete(sampled.formatted(seed)))
                                    .at("/choices/0/message")
                                    .toString())
                    .isEqualTo(expected);
        }
    }

    @Test
    void everyChunkHasTheUsageSoFarIfItIsAskedFor() throws Exception {
        List<JsonNode> plain = chunks("");
        List<JsonNode> counted =
                chunks(",'stream_options':{'include_usage':true,'continuous_usage_stats':true}");
        assertThat(text(counted)).isEqualTo(text(plain));
        int before = 0;
        for (JsonNode chunk : counted) {
            int now = chunk.at("/usage/completion_tokens").asInt();
            assertThat(now).isBetween(before, 9);
            assertThat(chunk.at("/usage/prompt_tokens"))
                    .isEqualTo(plain.getLast().at("/usage/prompt_tokens"));
            before = now;
        }
        assertThat(counted.getLast().path("choices")).isEmpty();
        assertThat(counted.getLast().at("/usage/completion_tokens"))
                .isEqualTo(plain.getLast().at("/usage/completion_tokens"));
    }

    @Test
    void anErrorIsWhereOpenAisClientsLookForIt() throws Exception {
        for (HttpResponse<String> answer :
                List.of(
                        server.complete(ASK.formatted(",'seed':'x'")),
                        server.complete(ASK.replace("tiny", "nobody").formatted("")),
                        server.get("/v1/models/nobody"))) {
            JsonNode body = ServerUnderTest.json(answer);
            for (String name : List.of("message", "type", "param", "code")) {
                assertThat(body.path("error").path(name)).isEqualTo(body.path(name));
            }
            assertThat(body.at("/error/message").stringValue()).isNotEmpty();
        }
    }

    @Test
    void anInspectionReadsTheSameFields() throws Exception {
        HttpResponse<String> answer =
                server.send(
                        HttpRequest.newBuilder(server.uri("/tramontane/inspect"))
                                .POST(
                                        HttpRequest.BodyPublishers.ofString(
                                                ASK.formatted(",'seed':1,'max_completion_tokens':4")
                                                        .replace('\'', '"'))));
        assertThat(ServerUnderTest.json(answer).path("valid").booleanValue()).isTrue();
        assertThat(ServerUnderTest.json(answer).at("/answer/max_tokens").asInt()).isEqualTo(4);
    }

    private static StoredKey key(String text, FieldSet fields) {
        return new StoredKey(
                "key_" + fields,
                fields.name(),
                new StoredKey.Secret(ApiKey.sha256(text), Optional.empty()),
                new StoredKey.Lifetime(0, Optional.empty(), Optional.empty(), Optional.empty()),
                new StoredKey.Scope(Set.of(), false, fields),
                KeyLimits.NONE);
    }

    private static HttpResponse<String> ask(ServerUnderTest locked, String key) throws Exception {
        return locked.send(
                HttpRequest.newBuilder(locked.uri("/v1/chat/completions"))
                        .header("authorization", "Bearer " + key)
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        ASK.formatted(",'seed':1").replace('\'', '"'))));
    }

    @Test
    void aKeyMayAllowOpenAisFieldsForItself() throws Exception {
        KeyRing ring = new KeyRing(List.of("given"), List.of(), ServerUnderTest.CLOCK);
        ring.replace(List.of(key("one", FieldSet.MISTRAL), key("two", FieldSet.WITH_OPENAI)));
        Gate gate =
                new Gate(
                        ring,
                        new FailedAttempts(System::nanoTime),
                        new RateLimits(ServerUnderTest.CLOCK, System::nanoTime, Optional.empty()));
        try (ServerUnderTest locked = ServerUnderTest.behind(gate)) {
            assertThat(ask(locked, "two").statusCode()).isEqualTo(200);
            for (String other : List.of("one", "given")) {
                HttpResponse<String> refused = ask(locked, other);
                assertThat(refused.statusCode()).isEqualTo(422);
                assertThat(ServerUnderTest.json(refused).path("message").stringValue())
                        .endsWith(
                                "use random_seed, or serve with --openai-fields, or use a key made with keys create --openai-fields");
                assertThat(ServerUnderTest.json(refused).has("error")).isFalse();
            }
            ring.accept(FieldSet.WITH_OPENAI);
            for (String each : List.of("one", "two", "given")) {
                assertThat(ask(locked, each).statusCode()).as(each).isEqualTo(200);
            }
            assertThat(
                            ServerUnderTest.json(ask(locked, "wrong"))
                                    .at("/error/message")
                                    .stringValue())
                    .isEqualTo("Unauthorized");
        }
    }
}

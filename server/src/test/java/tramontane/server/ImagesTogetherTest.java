package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;
import static tramontane.server.TinyPictures.chunk;
import static tramontane.server.TinyPictures.png;
import static tramontane.server.TinyPictures.request;
import static tramontane.server.TinyPictures.seeing;
import static tramontane.server.TinyPictures.serve;

import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tramontane.kernel.choice.KernelChoice;
import tramontane.testkit.TinyVision;

/** Pictures together with everything else that a request can ask for. */
class ImagesTogetherTest {
    private static ServerUnderTest server;

    @BeforeAll
    static void start() throws IOException {
        server = serve();
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    private static HttpResponse<String> post(ServerUnderTest to, String path, String json)
            throws Exception {
        return to.send(
                HttpRequest.newBuilder(to.uri(path))
                        .POST(HttpRequest.BodyPublishers.ofString(json.replace('\'', '"'))));
    }

    @Test
    void otherFieldsWorkWholeAndStreamed() throws Exception {
        assertThat(Answers.both(server, seeing(1, ",'n':3,'temperature':1.2"))).hasSize(3);
        String schema =
                ",'response_format':{'type':'json_schema','json_schema':{'name':'x','schema':"
                        + "{'type':'object','properties':{'a':{'enum':['x','y']}},'required':['a'],"
                        + "'additionalProperties':false}}}";
        String json =
                Answers.both(server, seeing(2, schema).replace("tokens':8", "tokens':40"))
                        .getFirst()
                        .text();
        assertThat(JsonMapper.shared().readTree(json).get("a").stringValue()).isIn("x", "y");
        String tools =
                ",'tool_choice':'any','tools':[{'type':'function','function':{'name':'f','parameters':"
                        + "{'type':'object','properties':{},'additionalProperties':false}}}]";
        assertThat(
                        Answers.both(server, seeing(3, tools).replace("tokens':8", "tokens':60"))
                                .getFirst()
                                .calls())
                .isNotEmpty();
        Answers logged =
                Answers.both(server, seeing(4, ",'logprobs':true,'top_logprobs':2")).getFirst();
        assertThat(logged.reason()).isNotEmpty();
    }

    @Test
    void aPrefixIsContinuedAfterAPicture() throws Exception {
        String prefixed =
                seeing(5).replace("]}]", "]},{'role':'assistant','content':'{ ','prefix':true}]");
        assertThat(Answers.both(server, prefixed).getFirst().text()).startsWith("{ ");
        // Other pictures are continued differently.
        assertThat(Answers.both(server, prefixed.replace(chunk(png(5)), chunk(png(0xfff)))))
                .isNotEqualTo(Answers.both(server, prefixed));
    }

    /** This template writes results of tools as text. Nothing is left out in silence. */
    @Test
    void aPictureWithoutAPlaceInTheTemplateIsRefused() throws Exception {
        String seen =
                request("")
                        .replace(
                                "]}]",
                                "]},{'role':'assistant','tool_calls':[{'id':'123456789','function':"
                                        + "{'name':'f','arguments':{}}}]},{'role':'tool','name':'f',"
                                        + "'tool_call_id':'123456789','content':["
                                        + chunk(png(6))
                                        + "]}]");
        HttpResponse<String> refused = server.complete(seen);
        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(refused.body()).contains("no place for one of the images");
    }

    @Test
    void otherEndpointsRefusePicturesByName() throws Exception {
        String chunk = chunk(png(7));
        HttpResponse<String> fim =
                post(server, "/v1/fim/completions", "{'model':'tiny','prompt':[" + chunk + "]}");
        assertThat(fim.statusCode()).isEqualTo(422);
        assertThat(fim.body()).contains("prompt");
        assertThat(fim.body()).as("the picture is not sent back").hasSizeLessThan(1000);
        for (String role : List.of("system", "assistant")) {
            HttpResponse<String> refused =
                    server.complete(
                            request("")
                                    .replace(
                                            "'messages':[",
                                            "'messages':[{'role':'"
                                                    + role
                                                    + "','content':["
                                                    + chunk
                                                    + "]},"));
            assertThat(refused.statusCode()).isEqualTo(422);
            assertThat(refused.body()).contains("image_url", "user and tool messages only");
        }
        try (ServerUnderTest embedding =
                ServerUnderTest.embedding(
                        Gates.of(List.of()), KernelChoice.of(""), java.util.Optional.empty())) {
            HttpResponse<String> refused =
                    post(
                            embedding,
                            "/v1/embeddings",
                            "{'model':'mistral-embed','input':[" + chunk + "]}");
            assertThat(refused.statusCode()).isEqualTo(422);
            assertThat(refused.body()).contains("input");
        }
    }

    /** The log keeps what fits into its bounds, and an answer can be asked for again. */
    @Test
    void theRequestLogKeepsPicturesWithinItsBounds() throws Exception {
        String asked = seeing(8).replace("'random_seed':3,", "");
        HttpResponse<String> answer = server.complete(asked);
        String id = answer.headers().firstValue("mistral-correlation-id").orElseThrow();
        JsonNode entry = ServerUnderTest.json(server.get("/tramontane/requests/" + id));
        assertThat(entry.at("/request/messages/0/content/1/image_url").stringValue())
                .isEqualTo(TinyPictures.url(png(8)));
        long seed = entry.get("random_seed").longValue();
        HttpResponse<String> again =
                server.complete(
                        asked.substring(0, asked.length() - 1) + ",'random_seed':" + seed + "}");
        assertThat(ServerUnderTest.json(again).get("choices"))
                .isEqualTo(ServerUnderTest.json(answer).get("choices"));

        byte[] large = java.util.Arrays.copyOf(png(8), ServerUnderTest.LOG_BYTES);
        String largeId =
                server.complete(request("," + chunk(large)))
                        .headers()
                        .firstValue("mistral-correlation-id")
                        .orElseThrow();
        JsonNode unkept = ServerUnderTest.json(server.get("/tramontane/requests/" + largeId));
        assertThat(unkept.get("has_bodies").booleanValue()).isFalse();
        assertThat(unkept.get("request").isNull()).isTrue();
        assertThat(unkept.get("status").intValue()).isEqualTo(200);
    }

    @Test
    void thePrefixCacheHoldsPictures() throws Exception {
        String long1 = seeing(9).replace("What is it?", "What is it? ".repeat(20));
        // The text is after the picture, so that a hit must include the picture.
        String after =
                "{'model':'tiny','random_seed':3,'max_tokens':4,'messages':[{'role':'user','content':["
                        + chunk(png(9))
                        + ",{'type':'text','text':'"
                        + "What is it? ".repeat(20)
                        + "'}]}]}";
        for (String asked : List.of(long1, after)) {
            JsonNode first = ServerUnderTest.json(server.complete(asked));
            JsonNode second = ServerUnderTest.json(server.complete(asked));
            assertThat(cached(second)).isGreaterThan(TinyPictures.TOKENS + 10);
            assertThat(second.get("choices")).isEqualTo(first.get("choices"));
        }
        JsonNode other =
                ServerUnderTest.json(server.complete(after.replace(chunk(png(9)), chunk(png(10)))));
        assertThat(cached(other)).as("another picture").isZero();
    }

    private static int cached(JsonNode answer) {
        return answer.at("/usage/num_cached_tokens").intValue();
    }

    @Test
    void noKeyFindsThePicturesOfAnother() throws Exception {
        try (ServerUnderTest shared =
                ServerUnderTest.with(
                        (folder, machine) ->
                                TinyPictures.open(folder, machine, TinyVision.ofMerging()),
                        Gates.of(List.of("one", "two")))) {
            String asked =
                    request("," + chunk(png(11))).replace("What is it?", "What is it? ".repeat(20));
            assertThat(cached(as(shared, "one", asked))).isZero();
            assertThat(cached(as(shared, "two", asked))).isZero();
            assertThat(cached(as(shared, "one", asked))).isPositive();
            String own = asked.substring(0, asked.length() - 1) + ",'prompt_cache_key':'mine'}";
            assertThat(cached(as(shared, "one", own))).isZero();
            assertThat(cached(as(shared, "one", own))).isPositive();
        }
    }

    private static JsonNode as(ServerUnderTest shared, String key, String json) throws Exception {
        return ServerUnderTest.json(
                shared.send(
                        HttpRequest.newBuilder(shared.uri("/v1/chat/completions"))
                                .header("authorization", "Bearer " + key)
                                .POST(
                                        HttpRequest.BodyPublishers.ofString(
                                                json.replace('\'', '"')))));
    }

    @Test
    void openAisClientsSendObjects() throws Exception {
        try (ServerUnderTest openAi =
                ServerUnderTest.with(
                        (folder, machine) ->
                                TinyPictures.open(folder, machine, TinyVision.ofMerging()),
                        Gates.openAi())) {
            String object =
                    request(
                                    ",{'type':'image_url','image_url':{'url':'"
                                            + TinyPictures.url(png(12))
                                            + "','detail':'high'}}")
                            .replace("'random_seed':3", "'seed':3")
                            .replace("max_tokens", "max_completion_tokens");
            assertThat(Answers.both(openAi, object)).isEqualTo(Answers.both(server, seeing(12)));
        }
    }

    /** Over a slow connection, a picture arrives in pieces. */
    @Test
    void aSlowUploadDelaysNobody() throws Exception {
        String whole =
                RawHttp.request(seeing(13))
                        .replace("Host: localhost", "Host: localhost\r\nConnection: close");
        int half = whole.length() / 2;
        try (Socket slow = server.connect()) {
            RawHttp.write(slow, whole.substring(0, half));
            assertThat(server.complete(seeing(14)).statusCode()).isEqualTo(200);
            RawHttp.write(slow, whole.substring(half, half + 1));
            assertThat(server.complete(request("")).statusCode()).isEqualTo(200);
            RawHttp.write(slow, whole.substring(half + 1));
            assertThat(RawHttp.readToEnd(slow)).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void theRulesOfImagesAreTold() throws Exception {
        JsonNode rules = ServerUnderTest.json(server.get("/tramontane/images"));
        assertThat(rules.get("images").intValue()).isEqualTo(8);
        assertThat(rules.get("bytes").intValue()).isEqualTo(10 << 20);
        assertThat(rules.get("side").intValue()).isEqualTo(1 << 14);
        assertThat(rules.get("body_bytes").intValue())
                .isEqualTo(ServerUnderTest.LIMITS.bodyBytes());
        assertThat(rules.get("media_types").valueStream().map(JsonNode::stringValue))
                .containsExactly("image/png", "image/jpeg", "image/gif", "image/webp");
        assertThat(rules.get("hosts").size()).isZero();
        // Each rule is the one that is in force.
        String tooMany = request(("," + chunk(png(1))).repeat(9));
        assertThat(server.complete(tooMany).body()).contains("may have 8 images");
        String wide = request("," + chunk(withWidth(png(1), rules.get("side").intValue() + 1)));
        assertThat(server.complete(wide).body()).contains("at most 16384 on a side");
        assertThat(server.complete(" ".repeat(rules.get("body_bytes").intValue() + 1)).statusCode())
                .isEqualTo(413);
    }

    private static byte[] withWidth(byte[] png, int width) {
        for (int i = 0; i < 4; i++) {
            png[16 + i] = (byte) (width >>> 24 - 8 * i);
        }
        return png;
    }
}

package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The endpoints under {@code /tramontane/}. */
class ExtensionsWireTest {
    private ServerUnderTest server;

    @BeforeEach
    void start() throws IOException {
        server = ServerUnderTest.start();
    }

    @AfterEach
    void stop() throws IOException, InterruptedException {
        server.close();
    }

    private static final String ASK =
            "{'model':'tiny','messages':[{'role':'system','content':'Be brief.'},"
                    + "{'role':'user','content':'What is the capital of France, and why is it there?'}],"
                    + "'max_tokens':12,'random_seed':5,'temperature':1";

    private JsonNode inspect(String json) throws IOException, InterruptedException {
        HttpResponse<String> response = post("/tramontane/inspect", json);
        assertThat(response.statusCode()).isEqualTo(200);
        return ServerUnderTest.json(response);
    }

    private HttpResponse<String> post(String path, String json, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(server.uri(path))
                        .POST(HttpRequest.BodyPublishers.ofString(json.replace('\'', '"')));
        return server.send(headers.length == 0 ? request : request.headers(headers));
    }

    private static List<String> texts(JsonNode list, String field) {
        List<String> texts = new ArrayList<>();
        list.forEach(each -> texts.add(each.path(field).asString("")));
        return texts;
    }

    @Test
    void aPromptIsShownInSpansAndCountedAsTheAnswerCountsIt()
            throws IOException, InterruptedException {
        JsonNode seen = inspect(ASK + "}");

        assertThat(seen.get("valid").booleanValue()).isTrue();
        assertThat(seen.get("error").isNull()).isTrue();
        assertThat(seen.get("faults").isEmpty()).isTrue();
        JsonNode spans = seen.at("/prompt/spans");
        assertThat(texts(spans, "source")).contains("template", "message");
        int sum = 0;
        List<String> messages = new ArrayList<>();
        for (JsonNode span : spans) {
            sum += span.get("tokens").intValue();
            if (span.has("message")) {
                messages.add(span.get("message").intValue() + " " + span.get("text").stringValue());
            }
        }
        assertThat(messages)
                .containsExactly(
                        "0 Be brief.", "1 What is the capital of France, and why is it there?");
        int tokens = seen.at("/prompt/tokens").intValue();
        assertThat(sum).isEqualTo(tokens);
        assertThat(seen.at("/prompt/token_ids").size()).isEqualTo(tokens);
        assertThat(seen.at("/prompt/token_texts").size()).isEqualTo(tokens);
        assertThat(seen.get("room").intValue() + tokens)
                .isEqualTo(seen.get("max_context_length").intValue());
        JsonNode answer = ServerUnderTest.json(server.complete(ASK + "}"));
        assertThat(answer.at("/usage/prompt_tokens").intValue()).isEqualTo(tokens);
        assertThat(seen.at("/answer/max_tokens").intValue()).isEqualTo(12);
    }

    @Test
    void theCachedPartIsWhatTheNextRequestFinds() throws IOException, InterruptedException {
        assertThat(inspect(ASK + "}").at("/prompt/cached_tokens").intValue()).isZero();
        server.complete(ASK + "}");
        int cached = inspect(ASK + "}").at("/prompt/cached_tokens").intValue();

        assertThat(cached).isPositive();
        JsonNode next = ServerUnderTest.json(server.complete(ASK + "}"));
        assertThat(next.at("/usage/num_cached_tokens").intValue()).isEqualTo(cached);
        // A cache of its own: nothing is found there.
        assertThat(
                        inspect(ASK + ",'prompt_cache_key':'other'}")
                                .at("/prompt/cached_tokens")
                                .intValue())
                .isZero();
    }

    @Test
    void everyFaultIsListedAndThePromptShownAllTheSame() throws IOException, InterruptedException {
        String json = ASK + ",'top_p':7,'n':0,'no_such_field':1}";
        JsonNode seen = inspect(json);

        JsonNode refused = ServerUnderTest.json(server.complete(json));
        assertThat(seen.get("valid").booleanValue()).isFalse();
        assertThat(seen.get("faults")).isEqualTo(refused.get("detail"));
        assertThat(seen.at("/error/status").intValue()).isEqualTo(422);
        assertThat(seen.at("/error/message")).isEqualTo(refused.get("message"));
        assertThat(seen.at("/prompt/tokens").intValue()).isPositive();
    }

    @Test
    void whateverIsRefusedIsInspectedWithTheSameError() throws IOException, InterruptedException {
        check("{");
        check("[]");
        check("");
        check("{'model':'tiny','messages':[]}");
        check("{'model':'nobody','messages':[{'role':'user','content':'a'}]}");
        check("{'model':'tiny','messages':[{'role':'assistant','content':'a'}]}");
        check(ASK + ",'max_tokens':5}");
        check(ASK.replace("'max_tokens':12", "'max_tokens':1000000") + "}");
        check(ASK + ",'reasoning_effort':'high'}");
        check(ASK.replace("'temperature':1", "'temperature':0") + ",'top_p':0.5}");
        check(
                ASK.replace("'max_tokens':12", "'max_tokens':2")
                        + ",'response_format':{'type':'json_schema','json_schema':{'name':'a','schema':"
                        + "{'type':'string','minLength':40}}}}");
    }

    private void check(String json) throws IOException, InterruptedException {
        JsonNode seen = inspect(json);
        HttpResponse<String> refused = server.complete(json);
        assertThat(seen.get("valid").booleanValue()).as(json).isFalse();
        assertThat(seen.at("/error/status").intValue()).as(json).isEqualTo(refused.statusCode());
        assertThat(seen.at("/error/message"))
                .as(json)
                .isEqualTo(ServerUnderTest.json(refused).get("message"));
    }

    @Test
    void theCompilersVerdictNamesEveryRefusedKeyword() throws IOException, InterruptedException {
        JsonNode seen =
                inspect(
                        ASK
                                + ",'response_format':{'type':'json_schema','json_schema':{'name':'a','schema':"
                                + "{'type':'object','properties':{'a':{'pattern':'a(','type':'string'},"
                                + "'b':{'$ref':'https://elsewhere.example/s'}}}}},"
                                + "'tools':[{'type':'function','function':{'name':'ok','parameters':{'type':'object',"
                                + "'properties':{}}}},{'type':'function','function':{'name':'bad','parameters':"
                                + "{'type':'object','properties':{'c':{'$ref':'#/nowhere'}}}}}]}");

        JsonNode schemas = seen.get("schemas");
        assertThat(texts(schemas, "name")).containsExactly("response_format", "ok", "bad");
        assertThat(texts(schemas.at("/0/refused"), "pointer"))
                .contains("/properties/a/pattern", "/properties/b/$ref");
        assertThat(schemas.at("/0/enforced").booleanValue()).isFalse();
        assertThat(schemas.at("/1/enforced").booleanValue()).isTrue();
        assertThat(schemas.at("/2/enforced").booleanValue()).isFalse();
        assertThat(texts(schemas.at("/2/refused"), "pointer")).contains("/properties/c/$ref");
    }

    @Test
    void aSchemaAndItsShortestAnswerAreToldOfThePrompt() throws IOException, InterruptedException {
        JsonNode seen =
                inspect(
                        ASK
                                + ",'safe_prompt':true,'response_format':{'type':'json_schema','json_schema':"
                                + "{'name':'a','schema':{'enum':['yes','no']}}}}");

        assertThat(texts(seen.at("/prompt/spans"), "source"))
                .contains("safe_prompt", "response_format", "message", "template");
        assertThat(seen.at("/answer/min_tokens").intValue()).isPositive();
    }

    private static final String TOOLS_TEMPLATE =
            "{%- if tools %}<|im_start|>system\nTools:{% for tool in tools %}\n{{ tool | tojson }}{% endfor %}"
                    + "<|im_end|>\n{% endif %}{% for message in messages %}<|im_start|>{{ message.role }}\n"
                    + "{% if message.content %}{{ message.content | trim }}{% endif %}"
                    + "{% for call in message.tool_calls or [] %}<tool_call>\n{\"name\": \"{{ call.function.name }}\","
                    + " \"arguments\": {{ call.function.arguments | tojson }}}\n</tool_call>{% endfor %}"
                    + "<|im_end|>\n{% endfor %}<|im_start|>assistant\n";

    @Test
    void toolsAndCallsAreToldFromShortMessagesThatTheyContain()
            throws IOException, InterruptedException {
        try (ServerUnderTest other =
                ServerUnderTest.withTemplate(TOOLS_TEMPLATE, ServerUnderTest.LIMITS)) {
            String json =
                    "{'model':'tiny','messages':[{'role':'user','content':'  at '},{'role':'assistant','tool_calls':"
                            + "[{'id':'abcdefghi','function':{'name':'look','arguments':{'at':'sea'}}}]},"
                            + "{'role':'tool','tool_call_id':'abcdefghi','content':'a'},{'role':'user','content':'a'}],"
                            + "'tools':[{'type':'function','function':{'name':'look','description':'looks at a thing',"
                            + "'parameters':{'type':'object','properties':{'at':{'type':'string'}}}}}]}";
            JsonNode seen =
                    ServerUnderTest.json(
                            other.send(
                                    HttpRequest.newBuilder(other.uri("/tramontane/inspect"))
                                            .POST(
                                                    HttpRequest.BodyPublishers.ofString(
                                                            json.replace('\'', '"')))));
            List<String> parts = new ArrayList<>();
            StringBuilder tools = new StringBuilder();
            for (JsonNode span : seen.at("/prompt/spans")) {
                String text = span.get("text").stringValue();
                if (span.has("message")) {
                    parts.add(span.get("message").intValue() + " " + text);
                } else if (span.get("source").stringValue().equals("tools")) {
                    tools.append(text);
                } else {
                    assertThat(span.get("source").stringValue()).as(text).isEqualTo("template");
                }
            }
            assertThat(parts).contains("0 at", "1 look", "2 a", "3 a");
            assertThat(String.join("", parts)).contains("sea");
            assertThat(tools).contains("looks at a thing");
        }
    }

    @Test
    void aGapIsInspectedToo() throws IOException, InterruptedException {
        JsonNode seen = inspect("{'model':'tiny','prompt':'def f():','suffix':'return 1'}");
        JsonNode refused =
                ServerUnderTest.json(
                        post(
                                "/v1/fim/completions",
                                "{'model':'tiny','prompt':'def f():','suffix':'return 1'}"));
        assertThat(seen.at("/prompt/tokens").intValue()).isPositive();
        assertThat(texts(seen.at("/prompt/spans"), "source")).containsExactly("prompt", "suffix");
        assertThat(seen.at("/error/message")).isEqualTo(refused.get("message"));
    }

    @Test
    void requestsAreLoggedWithTheEnginesFigures() throws IOException, InterruptedException {
        HttpResponse<String> answer = server.complete(ASK + "}");
        String id = answer.headers().firstValue("mistral-correlation-id").orElseThrow();
        server.complete("{'model':'tiny','messages':[]}");

        JsonNode list = ServerUnderTest.json(server.get("/tramontane/requests"));

        assertThat(list.get("data").size()).isEqualTo(2);
        JsonNode failed = list.at("/data/0");
        assertThat(failed.get("status").intValue()).isEqualTo(422);
        assertThat(failed.at("/error/message").asString("")).contains("at least 1 item");
        JsonNode entry = list.at("/data/1");
        assertThat(entry.get("id").stringValue()).isEqualTo(id);
        assertThat(entry.get("status").intValue()).isEqualTo(200);
        assertThat(entry.get("state").stringValue()).isEqualTo("done");
        assertThat(entry.get("random_seed").longValue()).isEqualTo(5);
        assertThat(entry.get("usage")).isEqualTo(ServerUnderTest.json(answer).get("usage"));
        JsonNode metrics = entry.get("metrics");
        assertThat(metrics.get("completion_tokens").intValue()).isBetween(1, 12);
        double queued = metrics.get("queue_ms").doubleValue();
        double first = metrics.get("first_token_ms").doubleValue();
        assertThat(queued).isBetween(0.0, first);
        assertThat(first).isLessThan(entry.get("total_ms").doubleValue());
        JsonNode one = ServerUnderTest.json(server.get("/tramontane/requests/" + id));
        assertThat(one.at("/request/max_tokens").intValue()).isEqualTo(12);
        assertThat(one.at("/answer/choices/0/message/content"))
                .isEqualTo(ServerUnderTest.json(answer).at("/choices/0/message/content"));
    }

    @Test
    void aStreamIsLoggedAsItWasSentAndItsDrawnSeedRepeatsIt()
            throws IOException, InterruptedException {
        String unseeded = ASK.replace("'random_seed':5,", "").replace("12", "30");
        HttpResponse<String> stream = server.complete(unseeded + ",'stream':true}");
        String id = stream.headers().firstValue("mistral-correlation-id").orElseThrow();

        JsonNode one = ServerUnderTest.json(server.get("/tramontane/requests/" + id));
        long seed = one.get("random_seed").longValue();
        JsonNode again =
                ServerUnderTest.json(server.complete(unseeded + ",'random_seed':" + seed + "}"));

        assertThat(one.get("stream").booleanValue()).isTrue();
        assertThat(seed).isBetween(0L, 1L << 53);
        assertThat(one.at("/answer/choices/0/message/content").stringValue())
                .isEqualTo(again.at("/choices/0/message/content").stringValue())
                .isNotEmpty();
    }

    @Test
    void metricsComeAsCommentsForThoseWhoAskOnly() throws IOException, InterruptedException {
        String json = ASK + ",'stream':true}";
        String plain = post("/v1/chat/completions", json).body();
        String live = post("/v1/chat/completions", json, "tramontane-metrics", "true").body();

        assertThat(plain).doesNotContain("metrics");
        List<String> comments =
                live.lines().filter(line -> line.startsWith(": metrics {")).toList();
        assertThat(comments).isNotEmpty();
        JsonNode last =
                tools.jackson.databind.json.JsonMapper.shared()
                        .readTree(comments.getLast().substring(": metrics ".length()));
        assertThat(last.get("cached_tokens").intValue() + last.get("computed_tokens").intValue())
                .isEqualTo(last.get("prompt_tokens").intValue());
        assertThat(last.get("completion_tokens").intValue()).isPositive();
        assertThat(live.indexOf(comments.getLast())).isLessThan(live.indexOf("[DONE]"));
    }

    @Test
    void bodiesAreBoundedAndTheOldestGoFirst() throws IOException, InterruptedException {
        String filler = "word ".repeat(800);
        for (int i = 0; i < 8; i++) {
            server.complete(ASK + ",'metadata':{'filler':'" + filler + i + "'}}");
        }
        JsonNode list = ServerUnderTest.json(server.get("/tramontane/requests?limit=8"));

        assertThat(list.get("keeps_bodies").booleanValue()).isTrue();
        List<String> kept = texts(list.get("data"), "has_bodies");
        assertThat(kept).startsWith("true", "true").endsWith("false", "false");
        long bodies = kept.stream().filter("true"::equals).count();
        assertThat(bodies * 4_000).isLessThan(ServerUnderTest.LOG_BYTES);
    }

    @Test
    void theLogHoldsTheLatestTwoHundred() throws IOException, InterruptedException {
        for (int i = 0; i < 210; i++) {
            server.complete("{'model':'m" + i + "','messages':[{'role':'user','content':'a'}]}");
        }
        JsonNode list = ServerUnderTest.json(server.get("/tramontane/requests"));

        assertThat(list.get("data").size()).isEqualTo(200);
        assertThat(list.at("/data/0/error/message").asString("")).contains("m209");
        check(server.get("/tramontane/requests?limit=0"), 400);
        check(server.get("/tramontane/requests?limit=201"), 400);
        check(server.get("/tramontane/requests/none"), 404);
        check(server.get("/tramontane/nothing"), 404);
        check(server.get("/tramontane/inspect"), 405);
    }

    private static void check(HttpResponse<String> response, int status) {
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(ServerUnderTest.json(response).get("object").stringValue()).isEqualTo("error");
    }

    @Test
    void eventsTellOfARequestFromItsBeginningToItsEnd() throws IOException, InterruptedException {
        try (Socket watcher = server.connect()) {
            RawHttp.write(
                    watcher, "GET /tramontane/requests/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
            readUntil(watcher, ": ping");
            server.complete(ASK + "}");
            String events = readUntil(watcher, "\"state\":\"done\"");

            assertThat(events).contains("event: request", "\"state\":\"running\"", "\"queue_ms\"");
        }
        server.awaitNobodyInFlight();
    }

    private static String readUntil(Socket socket, String end) throws IOException {
        StringBuilder text = new StringBuilder();
        while (text.indexOf(end) < 0) {
            int next = socket.getInputStream().read();
            assertThat(next).as(text.toString()).isNotNegative();
            text.append((char) next);
        }
        return text.toString();
    }

    @Test
    void aClientThatLeavesIsLoggedAsOneThatLeft() throws IOException, InterruptedException {
        try (Socket client = server.connect()) {
            RawHttp.write(
                    client,
                    RawHttp.request(
                            "{'model':'tiny','messages':[{'role':'user','content':'a'}],'stream':true,"
                                    + "'min_tokens':100,'n':8}"));
            readUntil(client, "data:");
        }
        server.awaitNobodyInFlight();
        JsonNode entry = ServerUnderTest.json(server.get("/tramontane/requests")).at("/data/0");

        assertThat(entry.get("state").stringValue()).isIn("left", "done");
    }

    @Test
    void aKeySeesItsOwnRequestsOnly() throws IOException, InterruptedException {
        try (ServerUnderTest shared = ServerUnderTest.withKeys("one", "two")) {
            HttpResponse<String> answer =
                    shared.send(
                            HttpRequest.newBuilder(shared.uri("/v1/chat/completions"))
                                    .header("authorization", "Bearer one")
                                    .POST(
                                            HttpRequest.BodyPublishers.ofString(
                                                    (ASK + "}").replace('\'', '"'))));
            String id = answer.headers().firstValue("mistral-correlation-id").orElseThrow();

            assertThat(log(shared, "one", "").at("/data/0/id").stringValue()).isEqualTo(id);
            assertThat(log(shared, "two", "").get("data").isEmpty()).isTrue();
            assertThat(log(shared, "one", "/" + id).get("id").stringValue()).isEqualTo(id);
            assertThat(log(shared, "two", "/" + id).get("object").stringValue()).isEqualTo("error");
            assertThat(shared.get("/tramontane/requests").statusCode()).isEqualTo(401);
            assertThat(shared.get("/tramontane/requests/events").statusCode()).isEqualTo(401);
        }
    }

    private static JsonNode log(ServerUnderTest server, String key, String path)
            throws IOException, InterruptedException {
        return ServerUnderTest.json(
                server.send(
                        HttpRequest.newBuilder(server.uri("/tramontane/requests" + path))
                                .header("authorization", "Bearer " + key)));
    }
}

package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a caller gets from the whole server. */
class CompletionsWireTest {
    private static ServerUnderTest server;

    @BeforeAll
    static void start() throws IOException {
        server = ServerUnderTest.start();
    }

    @AfterAll
    static void stop() throws IOException, InterruptedException {
        server.close();
    }

    private static String ask(String fields) {
        return "{'model':'tiny','messages':[{'role':'user','content':'one two three four'}],'random_seed':5"
                + fields
                + "}";
    }

    /** The blocks of a stream without their "data: ", [DONE] included. */
    private static List<String> blocks(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).contains("text/event-stream");
        assertThat(response.body()).endsWith("\n\n");
        List<String> blocks = new ArrayList<>();
        for (String block : response.body().split("\n\n")) {
            if (!block.startsWith(":")) {
                assertThat(block).startsWith("data: ").doesNotContain("\n");
                blocks.add(block.substring("data: ".length()));
            }
        }
        return blocks;
    }

    private static List<JsonNode> chunks(HttpResponse<String> response) {
        List<String> blocks = blocks(response);
        assertThat(blocks.getLast()).isEqualTo("[DONE]");
        return blocks.subList(0, blocks.size() - 1).stream()
                .map(block -> JsonMapper.shared().readTree(block))
                .toList();
    }

    private static String text(List<JsonNode> chunks, int choice) {
        StringBuilder text = new StringBuilder();
        for (JsonNode chunk : chunks) {
            JsonNode part = chunk.at("/choices/0");
            if (part.get("index").intValue() == choice) {
                text.append(part.at("/delta/content").stringValue());
            }
        }
        return text.toString();
    }

    @Test
    void aWholeAnswerHasTheShapeOfTheContract() throws IOException, InterruptedException {
        HttpResponse<String> response = server.complete(ask(",'max_tokens':3"));
        JsonNode answer = ServerUnderTest.json(response);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).contains("application/json");
        assertThat(response.headers().firstValue("mistral-correlation-id").orElseThrow())
                .matches("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
        assertThat(answer.get("id").stringValue()).matches("[0-9a-f]{32}");
        assertThat(answer.get("object").stringValue()).isEqualTo("chat.completion");
        assertThat(answer.get("created").longValue()).isEqualTo(1_800_000_000);
        assertThat(answer.get("model").stringValue()).isEqualTo("tiny");
        assertThat(answer.get("choices").size()).isEqualTo(1);
        assertThat(answer.at("/choices/0/finish_reason").stringValue()).isIn("length", "stop");
        assertThat(answer.at("/choices/0/message/role").stringValue()).isEqualTo("assistant");
        assertThat(answer.at("/choices/0/message/content").isString()).isTrue();
        JsonNode usage = answer.get("usage");
        assertThat(usage.get("total_tokens").intValue())
                .isEqualTo(
                        usage.get("prompt_tokens").intValue()
                                + usage.get("completion_tokens").intValue());
        assertThat(usage.get("prompt_tokens").intValue()).isPositive();
    }

    @Test
    void aStreamSaysTheSameAsTheWholeAnswer() throws IOException, InterruptedException {
        for (String fields :
                List.of(
                        ",'max_tokens':40",
                        ",'max_tokens':12,'n':3",
                        ",'max_tokens':30,'stop':['e','o']")) {
            JsonNode whole = ServerUnderTest.json(server.complete(ask(fields)));
            List<JsonNode> chunks = chunks(server.complete(ask(fields + ",'stream':true")));

            for (JsonNode choice : whole.get("choices")) {
                int index = choice.get("index").intValue();
                assertThat(text(chunks, index))
                        .isEqualTo(choice.at("/message/content").stringValue());
                assertThat(
                                chunks.stream()
                                        .filter(chunk ->
                                                chunk.at("/choices/0/index").intValue() == index)
                                        .map(chunk -> chunk.at("/choices/0/finish_reason"))
                                        .filter(JsonNode::isString)
                                        .map(JsonNode::stringValue))
                        .containsExactly(choice.get("finish_reason").stringValue());
            }
            assertThat(chunks.getLast().get("usage").get("completion_tokens"))
                    .isEqualTo(whole.at("/usage/completion_tokens"));
        }
    }

    @Test
    void chunksAreAsStrictClientsNeedThem() throws IOException, InterruptedException {
        List<JsonNode> chunks = chunks(server.complete(ask(",'max_tokens':5,'n':2,'stream':true")));

        for (JsonNode chunk : chunks) {
            JsonNode choice = chunk.at("/choices/0");
            assertThat(chunk.get("object").stringValue()).isEqualTo("chat.completion.chunk");
            assertThat(chunk.get("id")).isEqualTo(chunks.getFirst().get("id"));
            assertThat(chunk.get("choices").size()).isEqualTo(1);
            assertThat(choice.has("finish_reason")).isTrue();
            assertThat(choice.at("/delta/content").isString()).isTrue();
            assertThat(choice.get("delta").path("role").isNull()).isFalse();
            assertThat(chunk.has("usage")).isEqualTo(chunk == chunks.getLast());
        }
        assertThat(chunks.getFirst().at("/choices/0/delta").toString())
                .isEqualTo("{\"role\":\"assistant\",\"content\":\"\"}");
    }

    @Test
    void neitherAStopNorAnEndComesBeforeTheMinimum() throws IOException, InterruptedException {
        String stops = ",'stop':['a','e','i','o','u',' '],'max_tokens':40";
        JsonNode free = ServerUnderTest.json(server.complete(ask(stops)));
        JsonNode least = ServerUnderTest.json(server.complete(ask(stops + ",'min_tokens':20")));

        assertThat(free.at("/usage/completion_tokens").intValue()).isLessThan(20);
        assertThat(least.at("/usage/completion_tokens").intValue()).isGreaterThan(20);
        assertThat(least.at("/choices/0/message/content").stringValue())
                .startsWith(free.at("/choices/0/message/content").stringValue());
    }

    @Test
    void keepingOneTokenIsGreedy() throws IOException, InterruptedException {
        JsonNode greedy =
                ServerUnderTest.json(server.complete(ask(",'temperature':0,'max_tokens':20")));
        JsonNode one =
                ServerUnderTest.json(
                        server.complete(ask(",'temperature':1.5,'top_k':1,'max_tokens':20")));
        JsonNode repelled =
                ServerUnderTest.json(
                        server.complete(
                                ask(",'temperature':0,'repetition_penalty':9,'max_tokens':20")));

        assertThat(one.get("choices")).isEqualTo(greedy.get("choices"));
        assertThat(repelled.get("choices")).isNotEqualTo(greedy.get("choices"));
    }

    @Test
    void logprobsComeWithTheirTokensWholeAndStreamed() throws IOException, InterruptedException {
        String fields =
                ",'max_tokens':30,'n':2,'logprobs':true,'top_logprobs':3,'prompt_logprobs':true";
        JsonNode whole = ServerUnderTest.json(server.complete(ask(fields)));
        List<JsonNode> chunks = chunks(server.complete(ask(fields + ",'stream':true")));

        for (JsonNode choice : whole.get("choices")) {
            int index = choice.get("index").intValue();
            List<JsonNode> streamed =
                    chunks.stream()
                            .map(chunk -> chunk.at("/choices/0"))
                            .filter(part -> part.get("index").intValue() == index)
                            .toList();
            List<JsonNode> content = new ArrayList<>();
            streamed.forEach(part -> part.at("/logprobs/content").forEach(content::add));
            assertThat(content)
                    .containsExactlyElementsOf(choice.at("/logprobs/content"))
                    .isNotEmpty();
            assertThat(choice.at("/prompt_logprobs/content").size())
                    .isEqualTo(whole.at("/usage/prompt_tokens").intValue() - 1);
            assertThat(streamed.getFirst().get("prompt_logprobs"))
                    .isEqualTo(choice.get("prompt_logprobs"));
            StringBuilder bytes = new StringBuilder();
            for (JsonNode token : content) {
                assertThat(token.propertyNames())
                        .containsExactly("token", "logprob", "bytes", "token_id", "top_logprobs");
                assertThat(token.get("top_logprobs").size()).isEqualTo(3);
                assertThat(token.get("logprob").floatValue()).isLessThanOrEqualTo(0);
                token.get("bytes").forEach(each -> bytes.append((char) each.intValue()));
            }
            assertThat(
                            new String(
                                    bytes.toString().getBytes(StandardCharsets.ISO_8859_1),
                                    StandardCharsets.UTF_8))
                    .isEqualTo(choice.at("/message/content").stringValue());
        }
    }

    @Test
    void aPromptCanBeScoredWithoutAnAnswer() throws IOException, InterruptedException {
        String fields = ",'max_tokens':0,'prompt_logprobs':true,'top_prompt_logprobs':1";
        JsonNode answer = ServerUnderTest.json(server.complete(ask(fields)));

        assertThat(answer.at("/usage/completion_tokens").intValue()).isZero();
        assertThat(answer.at("/choices/0/finish_reason").stringValue()).isEqualTo("length");
        assertThat(answer.at("/choices/0/message/content").stringValue()).isEmpty();
        assertThat(answer.at("/choices/0").has("logprobs")).isFalse();
        assertThat(answer.at("/choices/0/prompt_logprobs/content").size())
                .isEqualTo(answer.at("/usage/prompt_tokens").intValue() - 1);
        assertThat(ServerUnderTest.json(server.complete(ask(",'max_tokens':2"))).toString())
                .doesNotContain("logprobs");
    }

    @Test
    void theAnswerBeginsWithThePrefix() throws IOException, InterruptedException {
        String body =
                "{'model':'tiny','max_tokens':4,'random_seed':1,'messages':[{'content':'hi'},"
                        + "{'role':'assistant','content':'Well now ','prefix':true}]";

        JsonNode whole = ServerUnderTest.json(server.complete(body + "}"));
        assertThat(whole.at("/choices/0/message/content").stringValue()).startsWith("Well now ");
        assertThat(text(chunks(server.complete(body + ",'stream':true}")), 0))
                .isEqualTo(whole.at("/choices/0/message/content").stringValue());
    }

    @Test
    void noTokensMakeAnEmptyAnswer() throws IOException, InterruptedException {
        JsonNode answer = ServerUnderTest.json(server.complete(ask(",'max_tokens':0,'n':2")));

        assertThat(answer.get("choices").size()).isEqualTo(2);
        assertThat(answer.at("/choices/1/message/content").stringValue()).isEmpty();
        assertThat(answer.at("/choices/1/finish_reason").stringValue()).isEqualTo("length");
        assertThat(answer.at("/usage/completion_tokens").intValue()).isZero();
        assertThat(chunks(server.complete(ask(",'max_tokens':0,'stream':true")))).hasSize(2);
    }

    @Test
    void theNameThatWasAskedForComesBack() throws IOException, InterruptedException {
        for (String name :
                List.of(
                        "tiny",
                        "little",
                        "mistral-small-latest",
                        "mistral-large-latest",
                        "open-mistral-7b",
                        "codestral-2508")) {
            HttpResponse<String> response =
                    server.complete(
                            "{'model':'"
                                    + name
                                    + "','max_tokens':1,'messages':[{'content':'hi'}]}");
            assertThat(response.statusCode()).as(name).isEqualTo(200);
            assertThat(ServerUnderTest.json(response).get("model").stringValue()).isEqualTo(name);
        }
    }

    private static void refused(String body, int status, String type, String code, String message)
            throws IOException, InterruptedException {
        for (String stream : List.of("", ",'stream':true")) {
            HttpResponse<String> response =
                    server.complete(body.substring(0, body.length() - 1) + stream + "}");
            JsonNode error = ServerUnderTest.json(response);
            assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
            assertThat(response.headers().firstValue("content-type")).contains("application/json");
            assertThat(error.get("object").stringValue()).isEqualTo("error");
            assertThat(error.get("type").stringValue()).isEqualTo(type);
            assertThat(error.get("code").isNull() ? "" : error.get("code").stringValue())
                    .isEqualTo(code);
            assertThat(error.get("message").stringValue()).contains(message);
        }
    }

    @Test
    void aMuchTooLongPromptIsCountedOnlyInPart() throws IOException, InterruptedException {
        String body = "{'model':'tiny','max_tokens':1,'messages':[{'content':'%s'}]}";
        refused(
                body.formatted("a b ".repeat(3000)),
                400,
                "invalid_request_prompt",
                "3051",
                "Prompt contains 9009 tokens");
        refused(
                body.formatted("a b ".repeat(200_000)),
                400,
                "invalid_request_prompt",
                "3051",
                "Prompt contains more than ");
    }

    @Test
    void refusalsComeBeforeTheFirstByteAndAreTyped() throws IOException, InterruptedException {
        String hi = "'messages':[{'content':'hi'}]";
        refused(
                "{'model':'gpt-4'," + hi + "}",
                400,
                "invalid_model",
                "1500",
                "Invalid model: gpt-4");
        refused("{'model':''," + hi + "}", 400, "invalid_model", "1500", "Invalid model: ");
        refused(
                "{'model':'mistral-embed'," + hi + "}",
                400,
                "invalid_model",
                "1500",
                "Invalid model: mistral-embed");
        refused(
                "{'model':'tiny','messages':[{'content':'a'},{'role':'assistant','content':'b'}]}",
                400,
                "invalid_request_message_order",
                "3230",
                "Expected last role User or Tool");
        refused(
                "{'model':'tiny','temperature':0,'top_p':0.9," + hi + "}",
                400,
                "invalid_request_error",
                "",
                "top_p must be 1 when using greedy sampling.");
        refused(
                "{'model':'tiny','prompt_mode':'reasoning'," + hi + "}",
                422,
                "invalid_request_error",
                "",
                "prompt_mode");
        refused(
                "{'model':'tiny','max_tokens':100000," + hi + "}",
                400,
                "invalid_request_prompt",
                "3051",
                "100000");
        refused(
                "{'model':'tiny','store':true," + hi + "}",
                422,
                "invalid_request_error",
                "",
                "Extra inputs");
    }

    @Test
    void callsAndResultsOfEarlierTurnsAreReadWhereTheTemplateKnowsNone()
            throws IOException, InterruptedException {
        String before = "{'model':'tiny','max_tokens':1,'messages':[{'content':'a'},";
        String call =
                "{'role':'assistant','content':'b','tool_calls':[{'id':'123456789','function':"
                        + "{'name':'get_weather','arguments':{}}}]},"
                        + "{'role':'tool','content':'r','tool_call_id':'123456789'}]}";
        String plain = "{'role':'assistant','content':'b'},{'content':'r'}]}";

        assertThat(promptTokens(before + call)).isGreaterThan(promptTokens(before + plain) + 10);
    }

    private static int promptTokens(String body) throws IOException, InterruptedException {
        HttpResponse<String> response = server.complete(body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return ServerUnderTest.json(response).at("/usage/prompt_tokens").intValue();
    }

    @Test
    void theBodyIsJsonWhateverItsContentTypeSays() throws IOException, InterruptedException {
        for (String type :
                List.of(
                        "application/x-www-form-urlencoded",
                        "text/plain; charset=latin1",
                        "nonsense")) {
            HttpResponse<String> response =
                    server.send(
                            HttpRequest.newBuilder(server.uri("/v1/chat/completions"))
                                    .header("content-type", type)
                                    .POST(
                                            HttpRequest.BodyPublishers.ofString(
                                                    "{\"model\":\"tiny\",\"max_tokens\":1,\"messages\":[{\"content\":\"é\"}]}")));
            assertThat(response.statusCode()).as(type).isEqualTo(200);
        }
    }
}

package tramontane.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.CompletionRequest;
import tramontane.api.FieldSet;
import tramontane.api.FimRequest;
import tramontane.api.JsonBody;

/** The bodies for each engine, held to the table of docs/UPSTREAMS.md. */
class RequestBodyTest {
    private static final String TOOLS =
            "'tools':[{'type':'function','function':{'name':'f','parameters':{'type':'object'}}}]";

    /** A request with a field that asks for something, by the field of the table. */
    private static final Map<String, String> ASKING =
            Map.ofEntries(
                    Map.entry("temperature", "'temperature':0.25"),
                    Map.entry("top_p", "'top_p':0.5"),
                    Map.entry("top_k", "'top_k':7"),
                    Map.entry("presence_penalty", "'presence_penalty':0.5"),
                    Map.entry("frequency_penalty", "'frequency_penalty':0.5"),
                    Map.entry("repetition_penalty", "'repetition_penalty':1.5"),
                    Map.entry("random_seed", "'random_seed':77"),
                    Map.entry("max_tokens", "'max_tokens':9"),
                    Map.entry("max_tokens: 0", "'max_tokens':0"),
                    Map.entry("min_tokens", "'min_tokens':3"),
                    Map.entry("stop", "'stop':['a']"),
                    Map.entry("stop: more than four", "'stop':['a','b','c','d','e']"),
                    Map.entry("n", "'n':2"),
                    Map.entry("logprobs", "'logprobs':true"),
                    Map.entry("logprobs: with tools", "'logprobs':true," + TOOLS),
                    Map.entry("top_logprobs", "'logprobs':true,'top_logprobs':3"),
                    Map.entry("prompt_logprobs", "'prompt_logprobs':true"),
                    Map.entry("tools", TOOLS),
                    Map.entry("tool_choice", TOOLS + ",'tool_choice':'any'"),
                    Map.entry("parallel_tool_calls", TOOLS + ",'parallel_tool_calls':false"),
                    Map.entry("response_format", "'response_format':{'type':'json_object'}"),
                    Map.entry("prediction", "'prediction':{'type':'content','content':'p'}"),
                    Map.entry("safe_prompt", "'safe_prompt':true"),
                    Map.entry("prompt_mode", "'prompt_mode':'reasoning'"),
                    Map.entry("prompt_mode: null", "'prompt_mode':null"),
                    Map.entry("reasoning_effort", "'reasoning_effort':'high'"),
                    Map.entry("reasoning_effort: none", "'reasoning_effort':'none'"),
                    Map.entry("prompt_cache_key", "'prompt_cache_key':'k'"));

    private static UpstreamModel model(UpstreamKind kind) {
        Duration time = Duration.ofSeconds(1);
        return new UpstreamModel(
                "here",
                kind,
                List.of(URI.create("http://127.0.0.1:1")),
                "there",
                Optional.empty(),
                Optional.empty(),
                new UpstreamTimes(time, time, time, time));
    }

    private static CompletionRequest chat(String fields) throws ApiException {
        return messages("{'role':'user','content':'hi'}", fields);
    }

    private static CompletionRequest messages(String messages, String fields) throws ApiException {
        return ChatCompletionRequest.parse(
                json(
                        "{'model':'here','messages':["
                                + messages
                                + "]"
                                + (fields.isEmpty() ? "" : "," + fields)
                                + "}"),
                FieldSet.MISTRAL);
    }

    private static JsonNode json(String text) throws ApiException {
        return JsonBody.parse(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    private static ObjectNode body(UpstreamKind kind, CompletionRequest request)
            throws ApiException {
        // Equal for equal keys, as the hash of the backend is.
        String cacheKey = "hash of " + request.hints().cacheKey().orElse("nothing");
        return RequestBody.of(
                model(kind), 2048, request, request.sampling().resolve(0.7, 5), cacheKey);
    }

    private static Optional<CompletionRequest> asking(String field) throws ApiException {
        return switch (field) {
            case "model", "messages" -> Optional.empty();
            case "messages.content: thinking" ->
                    Optional.of(
                            messages(
                                    "{'role':'user','content':'a'},{'role':'assistant','content':[{'type':'thinking',"
                                            + "'thinking':[{'type':'text','text':'t'}]},{'type':'text','text':'b'}]},"
                                            + "{'role':'user','content':'c'}",
                                    ""));
            case "messages.content: image_url" -> Optional.of(image("data:image/png;base64,AA"));
            case "messages.content: image_url that is no data URL" ->
                    Optional.of(image("https://images.test/a.png"));
            case "messages.prefix" ->
                    Optional.of(
                            messages(
                                    "{'role':'user','content':'a'},{'role':'assistant','content':'b','prefix':true}",
                                    ""));
            case "suffix" ->
                    Optional.of(
                            FimRequest.parse(json("{'model':'here','prompt':'a','suffix':'b'}")));
            default -> Optional.of(chat(Objects.requireNonNull(ASKING.get(field), field)));
        };
    }

    private static CompletionRequest image(String url) throws ApiException {
        return messages(
                "{'role':'user','content':[{'type':'text','text':'a'},{'type':'image_url','image_url':"
                        + "{'url':'"
                        + url
                        + "','detail':'low'}},{'type':'image_url','image_url':'"
                        + url
                        + "'}]}",
                "");
    }

    @Test
    void picturesAreSentInTheEnginesForm() throws ApiException {
        String url = "data:image/png;base64,AA";
        String object = "{'type':'image_url','image_url':{'url':'" + url + "','detail':'low'}}";
        String text = "{'type':'text','text':'a'}";
        for (UpstreamKind kind : UpstreamKind.values()) {
            String last =
                    kind.speaksMistral()
                            ? "{'type':'image_url','image_url':'" + url + "'}"
                            : "{'type':'image_url','image_url':{'url':'" + url + "'}}";
            assertThat(body(kind, image(url)).path("messages").path(0).path("content"))
                    .isEqualTo(json("[" + text + "," + object + "," + last + "]"));
        }
    }

    @Test
    void eachFieldIsTreatedAsTheTableSays() throws ApiException {
        for (FieldRule rule : UpstreamFields.table()) {
            Optional<CompletionRequest> request = asking(rule.field());
            if (request.isEmpty()) {
                continue;
            }
            assertThat(rule.asked().test(request.get())).as(rule.field()).isTrue();
            for (UpstreamKind kind : UpstreamKind.values()) {
                check(rule, kind, request.get());
            }
        }
    }

    private static void check(FieldRule rule, UpstreamKind kind, CompletionRequest request)
            throws ApiException {
        String what = rule.field() + " for " + kind;
        if (rule.treatment(kind) == Treatment.REFUSED) {
            ApiException refusal =
                    catchThrowableOfType(
                            ApiException.class, () -> UpstreamFields.check(request, model(kind)));
            assertThat(refusal).as(what).isNotNull();
            assertThat(refusal.body().get("param").stringValue()).isEqualTo(rule.parameter());
            return;
        }
        UpstreamFields.check(request, model(kind));
        ObjectNode sent = body(kind, request);
        ObjectNode without =
                body(
                        kind,
                        chat(
                                rule.field().startsWith("parallel")
                                                || rule.field().equals("tool_choice")
                                        ? TOOLS
                                        : ""));
        switch (rule.treatment(kind)) {
            case SENT -> {
                assertThat(sent).as(what).isNotEqualTo(without);
                if (!rule.parameter().equals("messages")) {
                    assertThat(sent.has(rule.parameter())).as(what + ": " + sent).isTrue();
                }
            }
            case TRANSLATED -> assertThat(sent).as(what).isNotEqualTo(without);
            case IGNORED -> assertThat(sent).as(what).isEqualTo(without);
            case HERE, REFUSED -> {}
        }
    }

    private static void sends(UpstreamKind kind, CompletionRequest request, String expected)
            throws ApiException {
        assertThat(body(kind, request).toString()).isEqualTo(expected.replace('\'', '"'));
    }

    /** Values that the client did not send are sent too, so that no engine's default counts. */
    @Test
    void theDefaultsOfTheEngineNeverCount() throws ApiException {
        CompletionRequest plain = chat("");
        String begin = "{'model':'there','messages':[{'role':'user','content':'hi'}],";
        String openAi = "'stream':true,'stream_options':{'include_usage':true}}";
        String penalties = "'presence_penalty':0.0,'frequency_penalty':0.0,";
        sends(
                UpstreamKind.TRAMONTANE,
                plain,
                begin
                        + penalties
                        + "'repetition_penalty':1.0,'top_k':0,'prompt_cache_key':'hash of nothing','temperature':0.7,"
                        + "'top_p':1.0,'random_seed':5,'stream':true}");
        sends(
                UpstreamKind.MISTRAL,
                plain,
                begin
                        + penalties
                        + "'prompt_cache_key':'hash of nothing','temperature':0.7,'top_p':1.0,'random_seed':5,'stream':true}");
        for (UpstreamKind kind : List.of(UpstreamKind.VLLM, UpstreamKind.SGLANG)) {
            sends(
                    kind,
                    plain,
                    begin
                            + penalties
                            + "'repetition_penalty':1.0,'min_p':0,'top_k':-1,'cache_salt':'hash of nothing','temperature':0.7,"
                            + "'top_p':1.0,'seed':5,"
                            + openAi.replace("}}", ",'continuous_usage_stats':true}}"));
        }
        sends(
                UpstreamKind.LLAMA_SERVER,
                plain,
                begin
                        + "'presence_penalty':0,'frequency_penalty':0,'repeat_penalty':1.0,'repeat_last_n':0,'min_p':0,"
                        + "'top_k':0,'temperature':0.7,'top_p':1.0,'seed':5,"
                        + openAi);
        sends(
                UpstreamKind.OPENAI,
                plain,
                begin
                        + penalties
                        + "'prompt_cache_key':'hash of nothing','temperature':0.7,'top_p':1.0,'seed':5,"
                        + openAi);
    }

    /** A negative number is an error for newer versions, and 0 switches the penalty off. */
    @Test
    void aPenaltyOfLlamaServerCountsTheWholeContext() throws ApiException {
        CompletionRequest request = chat("'repetition_penalty':1.5");
        ObjectNode sent = body(UpstreamKind.LLAMA_SERVER, request);
        assertThat(sent.get("repeat_penalty").doubleValue()).isEqualTo(1.5);
        assertThat(sent.get("repeat_last_n").intValue()).isEqualTo(2048);
    }

    /** Newer llama-servers repeat the prefix in a stream if they are not told. */
    @Test
    void enginesAreToldThatAPrefixIsContinued() throws ApiException {
        CompletionRequest request = asking("messages.prefix").orElseThrow();
        for (UpstreamKind kind : List.of(UpstreamKind.VLLM, UpstreamKind.LLAMA_SERVER)) {
            assertThat(body(kind, request).toString())
                    .contains("\"continue_final_message\":true,\"add_generation_prompt\":false");
        }
    }

    @Test
    void choicesOfToolsHaveTheNamesOfTheEngine() throws ApiException {
        String two =
                "'tools':[{'type':'function','function':{'name':'f','parameters':{}}},"
                        + "{'type':'function','function':{'name':'g','parameters':{},'strict':true,'description':'d'}}]";
        CompletionRequest any = chat(two + ",'tool_choice':'any'");
        assertThat(body(UpstreamKind.VLLM, any).get("tool_choice").stringValue())
                .isEqualTo("required");
        assertThat(body(UpstreamKind.MISTRAL, any).get("tool_choice").stringValue())
                .isEqualTo("any");
        assertThat(body(UpstreamKind.VLLM, any).get("tools"))
                .isEqualTo(
                        json(
                                "[{'type':'function','function':{'name':'f','description':'','parameters':{}}},"
                                        + "{'type':'function','function':{'name':'g','description':'d','parameters':{},'strict':true}}]"));
        String g = "{'type':'function','function':{'name':'g'}}";
        for (UpstreamKind kind : UpstreamKind.values()) {
            CompletionRequest named = chat(two + ",'tool_choice':" + g);
            assertThat(body(kind, named).get("tool_choice")).isEqualTo(json(g));
        }
    }

    @Test
    void messagesForOpenAisFormAreTexts() throws ApiException {
        CompletionRequest request =
                messages(
                        "{'role':'system','content':[{'type':'text','text':'a'},{'type':'text','text':'b'}]},"
                                + "{'role':'user','content':'hi'},{'role':'assistant','content':[{'type':'thinking','thinking':"
                                + "[{'type':'text','text':'t'}]}],'tool_calls':[{'id':'123456789','function':{'name':'f',"
                                + "'arguments':{'x':[1,null,2.5,true]}}}]},"
                                + "{'role':'tool','content':'r','tool_call_id':'123456789','name':'f'}",
                        "");
        assertThat(body(UpstreamKind.VLLM, request).get("messages").toString())
                .isEqualTo(
                        "[{'role':'system','content':'ab'},{'role':'user','content':'hi'},{'role':'assistant','content':null,"
                                        .replace('\'', '"')
                                + "\"reasoning_content\":\"t\",\"tool_calls\":[{\"id\":\"123456789\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":"
                                + "\"{\\\"x\\\":[1,null,2.5,true]}\"}}]},"
                                + "{'role':'tool','content':'r','tool_call_id':'123456789','name':'f'}]"
                                        .replace('\'', '"'));
    }

    @Test
    void jsonIsNeverCutByAStopString() throws ApiException {
        CompletionRequest request =
                chat(
                        "'stop':['a'],'response_format':{'type':'json_schema','json_schema':{'name':'x','schema':{'type':'object'}}}");
        ObjectNode body = body(UpstreamKind.VLLM, request);
        assertThat(body.has("stop")).isFalse();
        assertThat(body.get("response_format"))
                .isEqualTo(
                        json(
                                "{'type':'json_schema','json_schema':{'name':'answer','strict':true,'schema':{'type':'object'}}}"));
    }

    @Test
    void theSafePromptStandsInFrontOfTheMessages() throws ApiException {
        CompletionRequest request = chat("'safe_prompt':true");
        assertThat(
                        body(UpstreamKind.VLLM, request)
                                .get("messages")
                                .get(0)
                                .get("content")
                                .stringValue())
                .isEqualTo(ChatCompletionRequest.SAFE_PROMPT);
        assertThat(body(UpstreamKind.MISTRAL, request).get("messages")).hasSize(1);
    }

    @Test
    void aSeedFitsIntoWhatTheEngineTakes() throws ApiException {
        CompletionRequest request = chat("'random_seed':9223372036854775807");
        assertThat(body(UpstreamKind.VLLM, request).get("seed").longValue())
                .isEqualTo(Long.MAX_VALUE);
        assertThat(body(UpstreamKind.LLAMA_SERVER, request).get("seed").longValue())
                .isEqualTo(Integer.MAX_VALUE);
    }
}

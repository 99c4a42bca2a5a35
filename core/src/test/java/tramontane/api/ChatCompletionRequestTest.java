package tramontane.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tramontane.api.ChatCompletionRequest.Effort;
import tramontane.api.ChatCompletionRequest.PromptMode;
import tramontane.sampling.SamplingParams;

/** What a request may say. Bodies here are written with single quotes. */
class ChatCompletionRequestTest {
    private static final String USER = "'messages':[{'role':'user','content':'hi'}]";

    private static ChatCompletionRequest parse(String json) throws ApiException {
        return ChatCompletionRequest.parse(
                JsonBody.parse(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8)),
                FieldSet.MISTRAL);
    }

    /** A good request with more fields. */
    private static ChatCompletionRequest with(String fields) throws ApiException {
        return parse("{'model':'m'," + USER + (fields.isEmpty() ? "" : "," + fields) + "}");
    }

    private static List<String> faults(String json) {
        try {
            parse(json);
            return List.of();
        } catch (ApiException e) {
            List<String> faults = new ArrayList<>();
            for (JsonNode detail : e.body().path("detail")) {
                List<String> steps = new ArrayList<>();
                detail.get("loc").forEach(step -> steps.add(step.asString()));
                faults.add(detail.get("type").stringValue() + " " + String.join(".", steps));
            }
            assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
            return faults;
        }
    }

    private static void check(String fields, String... expected) {
        assertThat(faults("{'model':'m'," + USER + "," + fields + "}"))
                .as(fields)
                .containsExactly(expected);
    }

    private static void checkMessage(String message, String... expected) {
        assertThat(faults("{'model':'m','messages':[" + message + ",{'content':'hi'}]}"))
                .as(message)
                .containsExactly(expected);
    }

    @Test
    void absentFieldsTakeTheDocumentedDefaults() throws ApiException {
        ChatCompletionRequest request = with("");

        assertThat(request.sampling())
                .isEqualTo(
                        new ChatCompletionRequest.Sampling(
                                Optional.empty(),
                                1,
                                0,
                                Optional.empty(),
                                SamplingParams.Penalties.NONE));
        assertThat(request.length())
                .isEqualTo(new ChatCompletionRequest.Length(Optional.empty(), 0, List.of(), 1));
        assertThat(request.output().stream()).isFalse();
        assertThat(request.prompting()).isEqualTo(ChatCompletionRequest.Prompting.PLAIN);
        assertThat(request.hints()).isEqualTo(ChatCompletionRequest.Hints.NONE);
        assertThat(request.prefix()).isEmpty();
    }

    @Test
    void everyFieldArrivesWhereItBelongs() throws ApiException {
        ChatCompletionRequest request =
                with(
                        "'temperature':1.5,'top_p':0.25,'random_seed':9223372036854775807,'presence_penalty':-2,"
                                + "'frequency_penalty':2,'max_tokens':7.0,'stop':['a','bc'],'n':16,'stream':true,"
                                + "'prompt_cache_key':'k','prompt_mode':'reasoning','top_k':40,'repetition_penalty':1.25,"
                                + "'min_tokens':5");

        assertThat(request.sampling())
                .isEqualTo(
                        new ChatCompletionRequest.Sampling(
                                Optional.of(1.5),
                                0.25,
                                40,
                                Optional.of(Long.MAX_VALUE),
                                new SamplingParams.Penalties(-2, 2, 1.25)));
        assertThat(request.length())
                .isEqualTo(
                        new ChatCompletionRequest.Length(
                                Optional.of(7), 5, List.of("a", "bc"), 16));
        assertThat(request.output().stream()).isTrue();
        assertThat(request.prompting().mode()).isEqualTo(PromptMode.REASONING);
        assertThat(request.hints().cacheKey()).contains("k");
        assertThat(with("'stop':'x'").length().stop()).containsExactly("x");
        assertThat(with("'prompt_mode':null").prompting().mode()).isEqualTo(PromptMode.NONE);
        assertThat(with("'reasoning_effort':'xhigh'").prompting().effort()).contains(Effort.XHIGH);
    }

    @Test
    void nullMeansAbsentWhereTheContractAllowsIt() throws ApiException {
        for (String field :
                List.of(
                        "temperature",
                        "top_p",
                        "max_tokens",
                        "stop",
                        "random_seed",
                        "metadata",
                        "tools",
                        "presence_penalty",
                        "frequency_penalty",
                        "n",
                        "reasoning_effort",
                        "guardrails",
                        "prompt_cache_key",
                        "service_tier",
                        "top_k",
                        "min_tokens",
                        "repetition_penalty",
                        "logprobs")) {
            check("'" + field + "':null");
        }
        check("'stream':null", "bool_type body.stream");
        check("'safe_prompt':null", "bool_type body.safe_prompt");
        check("'parallel_tool_calls':null", "bool_type body.parallel_tool_calls");
        check("'response_format':null", "model_attributes_type body.response_format");
        check("'prediction':null", "model_attributes_type body.prediction");
        check("'tool_choice':null", "enum body.tool_choice");
    }

    /** Each place reads its number with code of its own, so each is tried with every number. */
    @Test
    void aNumberBeyondADoubleIsRefusedWhereverItStands() {
        List<String> numbers =
                List.of(
                        "9".repeat(309),
                        "1".repeat(310),
                        "-" + "9".repeat(400),
                        "1".repeat(1000),
                        "1e400",
                        "-1E999999999");
        for (String number : numbers) {
            for (String field :
                    List.of(
                            "temperature",
                            "top_p",
                            "presence_penalty",
                            "frequency_penalty",
                            "repetition_penalty")) {
                check("'" + field + "':" + number, "finite_number body." + field);
            }
            String bound = number.startsWith("-") ? "greater_than_equal" : "less_than_equal";
            for (String field : List.of("max_tokens", "min_tokens", "random_seed", "n", "top_k")) {
                check("'" + field + "':" + number, bound + " body." + field);
            }
            check("'logprobs':true,'top_logprobs':" + number, bound + " body.top_logprobs");
            check("'metadata':{'a':[1," + number + "]}", "finite_number body.metadata");
            String schema =
                    "'response_format':{'type':'json_schema','json_schema':{'name':'s','schema':%s}}";
            for (String keyword :
                    List.of(
                            "const",
                            "minimum",
                            "maximum",
                            "exclusiveMinimum",
                            "multipleOf",
                            "maxLength",
                            "minItems",
                            "maxProperties",
                            "default",
                            "x-own")) {
                check(
                        schema.formatted("{'properties':{'a':{'" + keyword + "':" + number + "}}}"),
                        "finite_number body.response_format.json_schema.schema");
            }
            check(
                    schema.formatted("{'enum':[1,[" + number + "]]}"),
                    "finite_number body.response_format.json_schema.schema");
            check(
                    "'tools':[{'function':{'name':'f','parameters':{'properties':{'a':{'maximum':"
                            + number
                            + "}}}}}]",
                    "finite_number body.tools.0.function.parameters");
            String call =
                    "{'role':'assistant','tool_calls':[{'index':%s,'function':{'name':'f','arguments':%s}}]}";
            String place = " body.messages.0.assistant.tool_calls.0.";
            checkMessage(
                    call.formatted("0", "{'a':{'b':[" + number + "]}}"),
                    "finite_number" + place + "function.arguments");
            checkMessage(
                    call.formatted("0", "'{\\'a\\':" + number + "}'"),
                    "finite_number" + place + "function.arguments");
            checkMessage(call.formatted(number, "'{}'"), bound + place + "index");
        }
        // Longer numbers are not even read, also within text.
        checkMessage(
                "{'role':'assistant','tool_calls':[{'function':{'name':'f','arguments':'{\\'a\\':"
                        + "1".repeat(1001)
                        + "}'}}]}",
                "json_invalid body.messages.0.assistant.tool_calls.0.function.arguments");
    }

    @Test
    void theMessageNamesTheNumberThatIsOutOfRange() {
        assertThatThrownBy(() -> with("'metadata':{'a':{'b/c':[1,2e999]}}"))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("/a/b~1c/1");
    }

    @Test
    void theLargestNumbersOfAFieldAreKeptExactly() throws ApiException {
        assertThat(with("'random_seed':9223372036854775807").sampling().seed())
                .contains(Long.MAX_VALUE);
        check("'random_seed':9223372036854775808", "less_than_equal body.random_seed");
        check("'random_seed':9223372036854775808.0", "less_than_equal body.random_seed");
        check("'random_seed':-0");
        check("'temperature':-0.0");
        check("'temperature':1e-400");
        check("'top_p':1e-400", "greater_than body.top_p");
    }

    @Test
    void rangesAreChecked() {
        check("'temperature':1.6", "less_than_equal body.temperature");
        check("'temperature':-0.1", "greater_than_equal body.temperature");
        check("'temperature':'0.5'", "float_type body.temperature");
        check("'temperature':true", "float_type body.temperature");
        check("'temperature':1e999", "finite_number body.temperature");
        check("'top_p':0", "greater_than body.top_p");
        check("'top_p':1.01", "less_than_equal body.top_p");
        check("'presence_penalty':2.1", "less_than_equal body.presence_penalty");
        check("'frequency_penalty':-2.1", "greater_than_equal body.frequency_penalty");
        check("'max_tokens':-1", "greater_than_equal body.max_tokens");
        check("'max_tokens':1.5", "int_from_float body.max_tokens");
        check("'max_tokens':2147483648", "less_than_equal body.max_tokens");
        check("'max_tokens':'5'", "int_type body.max_tokens");
        check("'random_seed':-1", "greater_than_equal body.random_seed");
        check("'random_seed':9223372036854775808", "less_than_equal body.random_seed");
        check("'random_seed':1e30", "less_than_equal body.random_seed");
        check("'top_k':-1", "greater_than_equal body.top_k");
        check("'top_k':0.5", "int_from_float body.top_k");
        check("'repetition_penalty':0", "greater_than body.repetition_penalty");
        check("'repetition_penalty':'1'", "float_type body.repetition_penalty");
        check("'min_tokens':-1", "greater_than_equal body.min_tokens");
        check("'min_tokens':5,'max_tokens':4", "less_than_equal body.min_tokens");
        check("'min_tokens':4,'max_tokens':4");
        check("'logprobs':1", "bool_type body.logprobs");
        check("'logprobs':true,'top_logprobs':21", "less_than_equal body.top_logprobs");
        check("'top_logprobs':2", "value_error body.top_logprobs");
        check("'logprobs':true,'top_prompt_logprobs':1", "value_error body.top_prompt_logprobs");
        check("'logprobs':true,'top_logprobs':20,'prompt_logprobs':true");
        check("'n':0", "greater_than_equal body.n");
        check("'n':17", "less_than_equal body.n");
        check("'stream':1", "bool_type body.stream");
        check("'stop':5", "list_type body.stop");
        check("'stop':['a',5,'']", "string_type body.stop.1", "string_too_short body.stop.2");
        check("'stop':'" + "x".repeat(1025) + "'", "string_too_long body.stop");
        check("'prompt_mode':'fast'", "enum body.prompt_mode");
        check("'service_tier':'gold'", "enum body.service_tier");
        check("'metadata':[]", "dict_type body.metadata");
        check("'reasoning_effort':'much'", "enum body.reasoning_effort");
    }

    @Test
    void whatIsNotServedYetIsRefusedByName() {
        check("'tools':[{'type':'web_search'}]", "not_supported body.tools.0.web_search");
        check("'guardrails':[{}]", "not_supported body.guardrails");
    }

    @Test
    void formsThatAskForNothingPass() {
        check("'tools':[]");
        check("'tool_choice':'auto'");
        check("'tool_choice':'none','parallel_tool_calls':false");
        check("'response_format':{'type':'text'}");
        check("'response_format':{}");
        check("'prediction':{'type':'content','content':''}");
        check("'prediction':{}");
        check("'prediction':{'content':'x'}");
        check("'reasoning_effort':'none'");
        check("'guardrails':[]");
        check("'service_tier':'auto'");
        check("'metadata':{'a':[1,{'b':null}]}");
        check("'logprobs':false,'top_logprobs':0,'top_k':0,'repetition_penalty':1.0");
        check("'document_image_limit':8,'document_page_limit':64");
    }

    @Test
    void theShapeOfToolsAndFormatsIsChecked() {
        check(
                "'tools':[{'function':{'name':'a b'}}]",
                "string_pattern_mismatch body.tools.0.function.name",
                "missing body.tools.0.function.parameters");
        check(
                "'response_format':{'type':'json_schema','json_schema':{'name':'s','shema':{}}}",
                "missing body.response_format.json_schema.schema",
                "extra_forbidden body.response_format.json_schema.shema");
        check("'prediction':{'text':'x'}", "extra_forbidden body.prediction.text");
    }

    @Test
    void unknownFieldsAreRefusedAtEveryLevel() {
        check("'store':true,'seed':1", "extra_forbidden body.store", "extra_forbidden body.seed");
        checkMessage(
                "{'role':'user','content':'a','name':'b'}",
                "extra_forbidden body.messages.0.user.name");
        checkMessage(
                "{'role':'assistant','content':'a','reasoning_content':'b'}",
                "extra_forbidden body.messages.0.assistant.reasoning_content");
        checkMessage(
                "{'content':[{'type':'text','text':'a','cache_control':{}}]}",
                "extra_forbidden body.messages.0.user.content.0.text.cache_control");
    }

    private static String message(String json) {
        try {
            parse(json);
            return "accepted";
        } catch (ApiException e) {
            return e.body().get("message").stringValue();
        }
    }

    @Test
    void aFieldOfOpenAisIsNamedWithWhatToSendInstead() {
        for (String[] row :
                new String[][] {
                    {"'seed':1", "use random_seed"},
                    {"'max_completion_tokens':8", "use max_tokens"},
                    {
                        "'stream_options':{'include_usage':true}",
                        "the last chunk always has the usage"
                    },
                    {"'functions':[]", "use tools"},
                    {"'function_call':'auto'", "use tool_choice"},
                    {"'store':true", "no such field"},
                    {"'logit_bias':{'1':2}", "no such field"},
                    {"'user':'me'", "metadata"}
                }) {
            assertThat(message("{'model':'m'," + USER + "," + row[0] + "}"))
                    .contains("Extra inputs are not permitted: ")
                    .contains("is a field of OpenAI's API")
                    .contains(row[1]);
        }
        String echoed =
                "{'model':'m','messages':[{'content':'a'},{'role':'assistant','content':'b',%s},{'content':'c'}]}";
        assertThat(message(echoed.formatted("'refusal':null")))
                .contains("refusal is a field of OpenAI");
        assertThat(message(echoed.formatted("'function_call':null"))).contains("use tool_calls");
        assertThat(message(echoed.formatted("'reasoning_content':'x'"))).contains("type thinking");
        assertThat(message("{'model':'m','messages':[{'role':'developer','content':'a'}]}"))
                .contains("role 'developer' is OpenAI's; use 'system'");
        assertThat(message("{'model':'m'," + USER + ",'nonsense':1}"))
                .isEqualTo("nonsense: Extra inputs are not permitted");
    }

    @Test
    void messagesAreCheckedByTheirRole() {
        checkMessage("{'role':'developer','content':'a'}", "union_tag_invalid body.messages.0");
        checkMessage("{'role':null,'content':'a'}", "union_tag_invalid body.messages.0");
        checkMessage("7", "model_attributes_type body.messages.0");
        checkMessage(
                "{'role':'system','content':null}", "string_type body.messages.0.system.content");
        checkMessage("{'role':'user'}", "missing body.messages.0.user.content");
        checkMessage("{'content':{'text':'a'}}", "string_type body.messages.0.user.content");
        checkMessage("{'content':['a']}", "model_attributes_type body.messages.0.user.content.0");
        checkMessage(
                "{'content':[{'type':'video'}]}",
                "union_tag_invalid body.messages.0.user.content.0");
        checkMessage(
                "{'content':[{'type':'document_url','document_url':'x'}]}",
                "not_supported body.messages.0.user.content.0.document_url");
        checkMessage(
                "{'content':[{'type':'image_url'}]}",
                "missing body.messages.0.user.content.0.image_url.image_url");
        checkMessage(
                "{'content':[{'type':'image_url','image_url':7}]}",
                "string_type body.messages.0.user.content.0.image_url.image_url");
        checkMessage(
                "{'content':[{'type':'image_url','image_url':{'url':'x','detail':'most'}}]}",
                "enum body.messages.0.user.content.0.image_url.image_url.detail");
        checkMessage(
                "{'content':[{'type':'image_url','image_url':{'url':'x','size':1}}]}",
                "extra_forbidden body.messages.0.user.content.0.image_url.image_url.size");
        checkMessage(
                "{'role':'assistant','content':[{'type':'image_url','image_url':'x'}]}",
                "not_supported body.messages.0.assistant.content");
        checkMessage(
                "{'role':'system','content':[{'image_url':'x'}]}",
                "not_supported body.messages.0.system.content");
        checkMessage(
                "{'role':'assistant','content':[{'type':'thinking','thinking':[{'type':'reference','reference_ids':[1]}]}]}",
                "not_supported body.messages.0.assistant.content.0.thinking.thinking.0.reference");
        checkMessage(
                "{'role':'assistant','prefix':true,'content':[{'type':'thinking','closed':false,'thinking':[{'text':'t'}]}]}",
                "not_supported body.messages.0.assistant.prefix");
        checkMessage(
                "{'role':'assistant','tool_calls':[{'function':{'name':'f','arguments':{'a':[-1e400]}}}]}",
                "finite_number body.messages.0.assistant.tool_calls.0.function.arguments");
        checkMessage(
                "{'role':'assistant','tool_calls':[{'function':{'name':'f'}}]}",
                "missing body.messages.0.assistant.tool_calls.0.function.arguments");
        assertThat(faults("{'model':'m','messages':[]}"))
                .containsExactly("too_short body.messages");
        assertThat(faults("{'model':'m','messages':{}}"))
                .containsExactly("list_type body.messages");
        assertThat(faults("{}")).containsExactly("missing body.model", "missing body.messages");
        assertThat(faults("[]")).containsExactly("model_attributes_type body");
    }

    @Test
    void allFaultsOfARequestComeBackAtOnce() {
        assertThat(
                        faults(
                                "{'messages':[{'role':'dev'},{'content':1}],'temperature':9,'n':'2','x':0}"))
                .containsExactly(
                        "missing body.model",
                        "union_tag_invalid body.messages.0",
                        "string_type body.messages.1.user.content",
                        "less_than_equal body.temperature",
                        "int_type body.n",
                        "extra_forbidden body.x");
    }

    @Test
    void aBodyOfManyFaultsIsAnsweredBriefly() {
        String message = "{'content':'" + "y".repeat(1000) + "','name':'" + "z".repeat(1000) + "'}";
        String body = "{'model':'m','messages':[" + (message + ",").repeat(5000) + message + "]}";

        assertThatThrownBy(() -> parse(body))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        error -> {
                            assertThat(error.body().path("detail").size()).isEqualTo(100);
                            assertThat(JsonBody.write(error.body()).length).isLessThan(100_000);
                        });
    }

    @Test
    void loneSurrogatesAreRefusedAndNeverEchoed() {
        for (String text : List.of("\\ud800", "a\\udc00b", "\\ud83d\\ud83d\\ude00")) {
            checkMessage(
                    "{'content':'" + text + "'}", "string_unicode body.messages.0.user.content");
        }
        assertThat(faults("{'model':'m'," + USER + ",'\\ud800':'\\ud800'}")).hasSize(1);
        checkMessage("{'content':'\\ud83d\\ude00'}");
    }

    @Test
    void greedySamplingTakesNoTopP() throws ApiException {
        assertThat(with("'temperature':0").sampling().resolve(0.7, 5).temperature()).isZero();
        assertThat(with("").sampling().resolve(0.7, 5).temperature()).isEqualTo(0.7);
        assertThat(with("").sampling().resolve(0.7, 5).seed()).isEqualTo(5);
        assertThat(with("'random_seed':3").sampling().resolve(0.7, 5).seed()).isEqualTo(3);
        assertThatThrownBy(() -> with("'temperature':0,'top_p':0.5").sampling().resolve(0.7, 5))
                .isInstanceOf(ApiException.class)
                .hasMessage("top_p must be 1 when using greedy sampling.");
    }
}

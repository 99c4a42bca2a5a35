package tramontane.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tramontane.api.AnswerForm.StreamUsage;
import tramontane.api.OpenAiField.Treatment;
import tramontane.chat.Chunk;
import tramontane.chat.Tool;

/** What OpenAI's fields mean: each is compared with a request in Mistral's own. */
class OpenAiTranslationTest {
    private static final String SWITCH =
            ", or serve with --openai-fields, or use a key made with keys create --openai-fields";

    private static final String USER = "'messages':[{'role':'user','content':'a'}]";

    private static JsonNode json(String text) throws ApiException {
        return JsonBody.parse(text.replace('\'', '"').getBytes(UTF_8));
    }

    private static ChatCompletionRequest openAi(String body) throws ApiException {
        return ChatCompletionRequest.parse(json(body), FieldSet.WITH_OPENAI);
    }

    private static ChatCompletionRequest mistral(String body) throws ApiException {
        return ChatCompletionRequest.parse(json(body), FieldSet.MISTRAL);
    }

    private static String body(String fields) {
        return "{'model':'m'," + USER + fields + "}";
    }

    private static String conversation(String message) {
        return "{'model':'m','messages':[{'content':'a'},"
                + message
                + ",{'role':'user','content':'c'}]}";
    }

    /** All that a request says, except the form of the answer. */
    private static String meaning(ChatCompletionRequest request) {
        List<Tool> tools = request.prompting().tools().tools();
        return List.of(
                        request.model(),
                        request.messages(),
                        request.sampling(),
                        request.length(),
                        request.output().stream(),
                        request.output().logprobs(),
                        tools,
                        request.prompting().tools().choice(),
                        request.prompting().tools().parallel(),
                        request.prompting().effort(),
                        request.prompting().mode(),
                        request.prompting().schema().flatMap(AnswerSchema::shown),
                        request.hints())
                .toString();
    }

    private static void check(String body, String inMistrals) throws ApiException {
        assertThat(meaning(openAi(body))).as(body).isEqualTo(meaning(mistral(inMistrals)));
    }

    /** The faults of a body: type, path and message. */
    private static List<String> faults(String body) {
        try {
            openAi(body);
            return fail(body + " is valid");
        } catch (ApiException refused) {
            List<String> faults = new ArrayList<>();
            for (JsonNode fault : refused.body().path("detail")) {
                List<String> path = new ArrayList<>();
                fault.path("loc").forEach(step -> path.add(step.asString("")));
                faults.add(
                        fault.path("type").stringValue()
                                + " "
                                + String.join(".", path)
                                + " "
                                + fault.path("msg").stringValue());
            }
            return faults;
        }
    }

    @Test
    void aTranslatedFieldMeansMistralsOwn() throws ApiException {
        check(body(",'seed':7"), body(",'random_seed':7"));
        check(body(",'seed':7,'random_seed':7"), body(",'random_seed':7"));
        check(body(",'seed':null,'random_seed':7"), body(",'random_seed':7"));
        check(body(",'max_completion_tokens':5"), body(",'max_tokens':5"));
        check(body(",'max_completion_tokens':5,'max_tokens':9"), body(",'max_tokens':5"));
        check(body(",'max_completion_tokens':9,'max_tokens':5"), body(",'max_tokens':5"));
        check(
                body(",'max_completion_tokens':5,'ignore_eos':true,'stop':null"),
                body(",'max_tokens':5,'min_tokens':5"));
        check(body(",'ignore_eos':false"), body(""));
        check(
                body(
                        ",'stream':null,'parallel_tool_calls':null,'tool_choice':null,'response_format':null,'prediction':null,'stop':null,'n':null,'tools':null"),
                body(""));
        check(
                body(
                        ",'prediction':{'type':'content','content':[{'type':'text','text':'x '},{'text':'y'}]}"),
                body(",'prediction':{'type':'content','content':'x y'}"));
    }

    @Test
    void aMessageOfOpenAisMeansMistralsOwn() throws ApiException {
        check(
                "{'model':'m','messages':[{'role':'developer','content':'x','name':'boss'},{'role':'user','name':'me','content':[{'type':'text','text':'a','prompt_cache_breakpoint':{}}]}]}",
                "{'model':'m','messages':[{'role':'system','content':'x'},{'role':'user','content':[{'type':'text','text':'a'}]}]}");
        check(
                conversation(
                        "{'role':'assistant','content':'b','refusal':null,'annotations':[],'audio':null,'function_call':null,'tool_calls':null,'name':'x'}"),
                conversation("{'role':'assistant','content':'b'}"));
        String called =
                "'tool_calls':[{'id':'abcdefghi','type':'function','index':0,'function':{'name':'f','arguments':'{}'}}]";
        String result = ",{'role':'tool','tool_call_id':'abcdefghi','name':'f','content':'r'}";
        check(
                conversation(
                        "{'role':'assistant','content':null,'refusal':null,"
                                + called
                                + "}"
                                + result),
                conversation("{'role':'assistant','content':null," + called + "}" + result));
    }

    @Test
    void thinkingThatIsSentBackIsAChunk() throws ApiException {
        String chunk = "{'type':'thinking','thinking':[{'type':'text','text':'t'}]}";
        for (String name : List.of("reasoning_content", "reasoning")) {
            check(
                    conversation("{'role':'assistant','content':'b','" + name + "':'t'}"),
                    conversation(
                            "{'role':'assistant','content':["
                                    + chunk
                                    + ",{'type':'text','text':'b'}]}"));
            check(
                    conversation("{'role':'assistant','content':'b','" + name + "':''}"),
                    conversation("{'role':'assistant','content':'b'}"));
        }
        check(
                conversation(
                        "{'role':'assistant','content':'b','reasoning':'x','reasoning_content':'t'}"),
                conversation(
                        "{'role':'assistant','content':["
                                + chunk
                                + ",{'type':'text','text':'b'}]}"));
        assertThat(faults(conversation("{'role':'user','content':'b','reasoning':'t'}")))
                .singleElement()
                .asString()
                .startsWith("extra_forbidden body.messages.1.user.reasoning ");
    }

    @Test
    void aFunctionMayHaveNoParameters() throws ApiException {
        String none =
                ",'tools':[{'type':'function','function':{'name':'f','parameters':{'type':'object','properties':{}}}}]";
        for (String function :
                new String[] {
                    "{'name':'f'}",
                    "{'name':'f','parameters':null,'strict':null,'description':null}"
                }) {
            check(body(",'tools':[{'type':'function','function':" + function + "}]"), body(none));
        }
        String format =
                ",'response_format':{'type':'json_schema','json_schema':{'name':'s'%s,'schema':{'type':'object'}}}";
        check(body(format.formatted(",'strict':null")), body(format.formatted("")));
        assertThat(faults(body(",'tools':[{'type':'custom','custom':{'name':'f'}}]")))
                .singleElement()
                .asString()
                .startsWith("enum body.tools.0.type ");
        assertThat(
                        faults(
                                body(
                                        none
                                                + ",'tool_choice':{'type':'allowed_tools','allowed_tools':{}}")))
                .anyMatch(fault -> fault.startsWith("enum body.tool_choice.type "));
    }

    /** A body of Mistral's API must not change its meaning where OpenAI's fields are accepted. */
    @Test
    void mistralsOwnRequestsMeanTheSame() throws ApiException {
        for (String fields :
                new String[] {
                    "",
                    ",'prompt_mode':null,'safe_prompt':true,'random_seed':3,'max_tokens':4,'min_tokens':2",
                    ",'tool_choice':'any','tools':[{'function':{'name':'f','description':'d','strict':true,'parameters':{'properties':{'x':{'type':'string'}}}}}]",
                    ",'response_format':{'type':'json_schema','json_schema':{'name':'s','strict':false,'schema':{'type':'object'}}},'stream':true,'n':2",
                    ",'prediction':{'content':'x'},'metadata':{'a':1},'prompt_cache_key':'k','service_tier':'standard_only','guardrails':[]"
                }) {
            check(body(fields), body(fields));
            assertThat(openAi(body(fields)).output().form().streamUsage())
                    .isEqualTo(StreamUsage.LAST_CHUNK);
        }
        String thinking =
                "{'role':'assistant','content':[{'type':'thinking','thinking':[{'text':'t'}]},{'type':'text','text':'b'}]}";
        check(conversation(thinking), conversation(thinking));
    }

    @Test
    void anIgnoredFieldChangesNothingWhateverItsValue() throws ApiException {
        for (OpenAiField field : OpenAiFields.BODY) {
            if (field.is(Treatment.IGNORED)) {
                for (String value : new String[] {"null", "true", "'x'", "{'a':[1]}"}) {
                    check(body(",'" + field.name() + "':" + value), body(""));
                }
            }
        }
        for (OpenAiField field : OpenAiFields.MESSAGE) {
            if (field.is(Treatment.IGNORED)) {
                String message = "{'role':'assistant','content':'b'%s}";
                check(
                        conversation(message.formatted(",'" + field.name() + "':'x'")),
                        conversation(message.formatted("")));
            }
        }
    }

    @Test
    void aRefusedFieldIsNamedUnlessItAsksForNothing() throws ApiException {
        for (OpenAiField field : OpenAiFields.BODY) {
            if (field.is(Treatment.REFUSED)) {
                assertThat(faults(body(",'" + field.name() + "':{'a':1}")))
                        .containsExactly(
                                "not_supported body.%s %s is not supported: %s"
                                        .formatted(field.name(), field.name(), field.note()));
                check(body(",'" + field.name() + "':null"), body(""));
                for (String nothing : field.asksNothing()) {
                    check(body(",'" + field.name() + "':" + nothing), body(""));
                }
            }
        }
        String message = "{'role':'assistant','content':'b','%s':%s}";
        for (OpenAiField field : OpenAiFields.MESSAGE) {
            if (field.is(Treatment.REFUSED)) {
                assertThat(faults(conversation(message.formatted(field.name(), "'x'"))))
                        .singleElement()
                        .asString()
                        .startsWith("not_supported body.messages.1.assistant." + field.name());
            }
        }
    }

    @Test
    void faultsNameTheFieldThatWasSent() {
        assertThat(faults(body(",'seed':-1,'max_completion_tokens':'x','top_p':2")))
                .containsExactly(
                        "less_than_equal body.top_p Input should be less than or equal to 1",
                        "greater_than_equal body.seed Input should be greater than or equal to 0",
                        "int_type body.max_completion_tokens Input should be a valid integer");
        assertThat(faults(body(",'seed':1,'random_seed':2")))
                .containsExactly(
                        "value_error body.seed seed and random_seed are the same field, and differ");
        assertThat(faults(body(",'ignore_eos':true")))
                .containsExactly("value_error body.ignore_eos ignore_eos needs max_tokens");
        assertThat(faults(body(",'ignore_eos':true,'max_tokens':3,'stop':'x'")))
                .containsExactly(
                        "value_error body.ignore_eos ignore_eos cannot be combined with stop");
        assertThat(faults(body(",'ignore_eos':true,'max_tokens':3,'stop':['x']")))
                .containsExactly(
                        "value_error body.ignore_eos ignore_eos cannot be combined with stop");
        assertThat(faults(body(",'nonsense':1")))
                .containsExactly("extra_forbidden body.nonsense Extra inputs are not permitted");
        assertThat(faults("[]"))
                .singleElement()
                .asString()
                .startsWith("model_attributes_type body ");
    }

    private static StreamUsage usage(String options) throws ApiException {
        return openAi(body(",'stream':true,'stream_options':" + options))
                .output()
                .form()
                .streamUsage();
    }

    @Test
    void streamOptionsDecideWhereTheUsageIs() throws ApiException {
        assertThat(usage("null")).isEqualTo(StreamUsage.LAST_CHUNK);
        assertThat(usage("{}")).isEqualTo(StreamUsage.NOWHERE);
        assertThat(usage("{'include_usage':false,'continuous_usage_stats':true}"))
                .isEqualTo(StreamUsage.NOWHERE);
        assertThat(usage("{'include_usage':true,'include_obfuscation':false}"))
                .isEqualTo(StreamUsage.OWN_CHUNK);
        assertThat(usage("{'include_usage':true,'continuous_usage_stats':true}"))
                .isEqualTo(StreamUsage.EVERY_CHUNK);
        assertThat(faults(body(",'stream_options':{'include_usage':true}")))
                .containsExactly(
                        "value_error body.stream_options stream_options needs stream: true");
        assertThat(
                        faults(
                                body(
                                        ",'stream':true,'stream_options':{'include_usage':1,'include_obfuscation':true,'x':1}")))
                .containsExactlyInAnyOrder(
                        "bool_type body.stream_options.include_usage Input should be a valid boolean",
                        "not_supported body.stream_options.include_obfuscation include_obfuscation is not supported: chunks are not padded to hide their length",
                        "extra_forbidden body.stream_options.x Extra inputs are not permitted");
    }

    /** The switch is named where it helps: not for what it refuses, nor for completions of code. */
    @Test
    void theErrorWithoutTheSwitchNamesIt() throws ApiException {
        for (OpenAiField field : OpenAiFields.BODY) {
            if (field.is(Treatment.SAME) || field.name().equals("service_tier")) {
                continue;
            }
            String given = ",'" + field.name() + "':{}";
            boolean helps = !field.is(Treatment.REFUSED);
            assertThat(message(body(given)))
                    .contains("is a field of OpenAI's API; " + field.instead())
                    .matches(text -> text.endsWith(SWITCH) == helps);
        }
        assertThat(message("{'model':'m','messages':[{'role':'developer','content':'a'}]}"))
                .endsWith("use 'system'" + SWITCH);
        assertThat(message(conversation("{'role':'assistant','content':'b','name':'x'}")))
                .endsWith(SWITCH);
        try {
            FimRequest.parse(json("{'model':'m','prompt':'a','seed':1,'tools':[]}"));
            fail("a field of OpenAI's is valid");
        } catch (ApiException refused) {
            assertThat(refused.body().toString())
                    .contains("seed is a field of OpenAI's API; use random_seed\"")
                    .doesNotContain("openai-fields")
                    .doesNotContain("tools is a field");
        }
    }

    private static String message(String body) {
        try {
            mistral(body);
            return fail(body + " is valid");
        } catch (ApiException refused) {
            return String.valueOf(refused.getMessage());
        }
    }

    @Test
    void anAnswerMayBeSentBack() throws ApiException {
        CompletionJson json = new CompletionJson("i", 1, "m", AnswerForm.Shape.OPENAI);
        JsonNode message =
                json.whole(
                                List.of(
                                        new CompletionJson.Choice(
                                                List.of(
                                                        new Chunk.Thinking(
                                                                List.of(new Chunk.Text("t")), true),
                                                        new Chunk.Text("b")),
                                                List.of(),
                                                FinishReason.MODEL_LENGTH)),
                                new Usage(1, 0, 1, Optional.empty(), Optional.empty()))
                        .at("/choices/0");
        assertThat(message.path("finish_reason").stringValue()).isEqualTo("length");
        assertThat(message.at("/message/content").stringValue()).isEqualTo("b");
        assertThat(message.at("/message/reasoning_content").stringValue()).isEqualTo("t");
        check(
                conversation(message.path("message").toString()),
                conversation(
                        "{'role':'assistant','content':[{'type':'thinking','thinking':[{'text':'t'}]},{'type':'text','text':'b'}]}"));
    }
}

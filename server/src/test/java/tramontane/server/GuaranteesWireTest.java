package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON, calls and thinking from a model that babbles: what comes out right is the server's doing.
 */
class GuaranteesWireTest {
    private static final String TOOLS =
            ",'tools':[{'function':{'name':'get_weather','parameters':{'type':'object','properties':"
                    + "{'city':{'type':'string','maxLength':12},'days':{'type':'integer','minimum':1,'maximum':9}},"
                    + "'required':['city','days'],'additionalProperties':false}}},"
                    + "{'function':{'name':'now','parameters':{'type':'object','properties':{},'additionalProperties':false}}}]";

    private static final String SCHEMA =
            ",'response_format':{'type':'json_schema','json_schema':{'name':'s','schema':{'type':'object',"
                    + "'properties':{'kind':{'enum':['a','b']},'list':{'type':'array','items':{'type':'boolean'},"
                    + "'minItems':1,'maxItems':3}},'required':['kind','list'],'additionalProperties':false}}}";

    /** Thoughts are begun by the prompt, as some reasoning models' templates do. */
    private static final String THINKER =
            "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
                    + "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n"
                    + "{% else %}<think>\n{% endif %}";

    private static ServerUnderTest server;
    private static ServerUnderTest thinker;

    @BeforeAll
    static void start() throws IOException {
        server = ServerUnderTest.start();
        thinker = ServerUnderTest.withTemplate(THINKER, ServerUnderTest.LIMITS);
    }

    @AfterAll
    static void stop() throws IOException, InterruptedException {
        server.close();
        thinker.close();
    }

    private static String ask(int seed, String fields) {
        return "{'model':'tiny','messages':[{'content':'one two'}],'temperature':1.4,'random_seed':"
                + seed
                + fields
                + "}";
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    private static void checkAnswer(String text) {
        JsonNode answer = json(text);
        assertThat(answer.propertyNames()).containsExactlyInAnyOrder("kind", "list");
        assertThat(answer.get("kind").stringValue()).isIn("a", "b");
        assertThat(answer.get("list").size()).isBetween(1, 3);
        answer.get("list").forEach(item -> assertThat(item.isBoolean()).isTrue());
    }

    @Test
    void aForcedCallIsMadeAndItsArgumentsFit() throws IOException, InterruptedException {
        Set<String> made = new HashSet<>();
        for (int seed = 0; seed < 12; seed++) {
            for (String choice :
                    List.of(
                            "'any'",
                            "'required','presence_penalty':-1",
                            "{'type':'function','function':{'name':'get_weather'}}")) {
                String fields = TOOLS + ",'max_tokens':400,'tool_choice':" + choice;
                Answers answer = Answers.both(server, ask(seed, fields)).getFirst();
                assertThat(answer.text()).isEmpty();
                assertThat(answer.reason()).isIn("tool_calls", "length");
                assertThat(answer.calls()).isNotEmpty().allSatisfy(WeatherTools::checkCall);
                answer.calls().forEach(call -> made.add(call.split(" ")[0]));
            }
        }
        assertThat(made).containsExactlyInAnyOrder("get_weather", "now");
    }

    /** A forced call begins with fixed tokens, which the cache keeps as it keeps the prompt. */
    @Test
    void noMoreTokensAreCachedThanThePromptHas() throws IOException, InterruptedException {
        String named = TOOLS + ",'tool_choice':{'type':'function','function':{'name':'now'}}";
        JsonNode first = json(server.complete(ask(1, named)).body()).get("usage");
        JsonNode again = json(server.complete(ask(1, named)).body()).get("usage");
        int prompt = first.get("prompt_tokens").intValue();
        assertThat(again.get("prompt_tokens").intValue()).isEqualTo(prompt);
        assertThat(again.get("num_cached_tokens").intValue()).isBetween(prompt - 16, prompt);
        assertThat(again.at("/prompt_tokens_details/cached_tokens").intValue())
                .isEqualTo(again.get("num_cached_tokens").intValue());
    }

    @Test
    void oneCallIsMadeWhereOnlyOneMayBe() throws IOException, InterruptedException {
        for (int seed = 0; seed < 8; seed++) {
            String one = TOOLS + ",'tool_choice':'any','parallel_tool_calls':false";
            assertThat(Answers.both(server, ask(seed, one)).getFirst().calls())
                    .hasSize(1)
                    .allSatisfy(WeatherTools::checkCall);
            String named = TOOLS + ",'tool_choice':{'type':'function','function':{'name':'now'}}";
            Answers answer = Answers.both(server, ask(seed, named)).getFirst();
            assertThat(answer.calls()).containsExactly("now {}");
            assertThat(answer.reason()).isEqualTo("tool_calls");
        }
    }

    @Test
    void noCallIsMadeWhereNoneMayBe() throws IOException, InterruptedException {
        for (int seed = 0; seed < 6; seed++) {
            String none = TOOLS + ",'max_tokens':40,'tool_choice':'none'";
            Answers answer = Answers.both(server, ask(seed, none)).getFirst();
            assertThat(answer.calls()).isEmpty();
            assertThat(answer.reason()).isIn("stop", "length");
            for (Answers free : Answers.both(server, ask(seed, TOOLS + ",'max_tokens':60,'n':2"))) {
                assertThat(free.calls()).allSatisfy(WeatherTools::checkCall);
            }
        }
    }

    @Test
    void callsHaveIdsThatDiffer() throws IOException, InterruptedException {
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            HttpResponse<String> response =
                    server.complete(
                            ask(1, TOOLS + ",'tool_choice':'any','parallel_tool_calls':false"));
            JsonNode message = ServerUnderTest.json(response).at("/choices/0/message");
            assertThat(message.get("content").stringValue()).isEmpty();
            ids.add(message.at("/tool_calls/0/id").stringValue());
        }
        assertThat(ids).hasSize(5);
    }

    @Test
    void anAnswerUnderASchemaFitsItWithEverythingElse() throws IOException, InterruptedException {
        for (int seed = 0; seed < 6; seed++) {
            for (String fields :
                    List.of(
                            "",
                            ",'n':3",
                            ",'stop':[',','true','\\n']",
                            ",'prediction':{'type':'content','content':'{\\'kind\\':\\'b\\',\\'list\\':[true]}'}",
                            ",'frequency_penalty':2",
                            TOOLS + ",'tool_choice':'none'")) {
                for (Answers answer : Answers.both(server, ask(seed, SCHEMA + fields))) {
                    assertThat(answer.reason()).isEqualTo("stop");
                    checkAnswer(answer.text());
                }
            }
        }
    }

    @Test
    void jsonModeGivesAnObject() throws IOException, InterruptedException {
        for (int seed = 0; seed < 6; seed++) {
            String fields = ",'max_tokens':60,'response_format':{'type':'json_object'}";
            Answers answer = Answers.both(server, ask(seed, fields)).getFirst();
            assertThat(json(answer.text()).isObject()).as(answer.text()).isTrue();
        }
    }

    @Test
    void toolsAndASchemaGiveCallsOrJson() throws IOException, InterruptedException {
        for (int seed = 0; seed < 8; seed++) {
            Answers answer = Answers.both(server, ask(seed, SCHEMA + TOOLS)).getFirst();
            if (answer.calls().isEmpty()) {
                checkAnswer(answer.text());
            } else {
                assertThat(answer.text()).isEmpty();
                assertThat(answer.calls()).allSatisfy(WeatherTools::checkCall);
            }
        }
    }

    @Test
    void aLimitThatIsTooSmallIsRefusedWithTheNumberNeeded()
            throws IOException, InterruptedException {
        HttpResponse<String> refused = server.complete(ask(1, SCHEMA + ",'max_tokens':2"));
        assertThat(refused.statusCode()).isEqualTo(400);
        JsonNode error = ServerUnderTest.json(refused);
        assertThat(error.get("param").stringValue()).isEqualTo("max_tokens");
        String[] words = error.get("message").stringValue().split(" ");
        int needed = Integer.parseInt(words[words.length - 1]);

        for (int seed = 0; seed < 6; seed++) {
            for (int more = 0; more < 6; more += 5) {
                String fields = SCHEMA + ",'max_tokens':" + (needed + more);
                checkAnswer(Answers.both(server, ask(seed, fields)).getFirst().text());
            }
        }
        assertThat(server.complete(ask(1, SCHEMA + ",'max_tokens':" + (needed - 1))).statusCode())
                .isEqualTo(400);
    }

    @Test
    void aPrefixBeginsTheJson() throws IOException, InterruptedException {
        String body =
                "{'model':'tiny','random_seed':1,'messages':[{'content':'hi'},{'role':'assistant','content':"
                        + "'%s','prefix':true}]"
                        + SCHEMA
                        + "}";
        String prefix = "{\\'kind\\':\\'b";
        checkAnswer(Answers.both(server, body.formatted(prefix)).getFirst().text());
        String call = "<tool_call>\\n{\\'name\\': \\'now\\', \\'arguments\\': {";
        String tools = body.substring(0, body.length() - 1) + TOOLS + "}";
        String forced = tools.replace(SCHEMA, ",'tool_choice':'any'");
        for (String refused :
                List.of(
                        body.formatted("Sure: "),
                        tools.formatted(call),
                        forced.formatted(call),
                        forced.formatted("Sure: "))) {
            HttpResponse<String> response = server.complete(refused);
            assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
            assertThat(response.body()).contains("prefix");
        }
        checkAnswer(Answers.both(server, tools.formatted(prefix)).getFirst().text());
    }

    @Test
    void thinkingComesApartAndNeverMeetsTheGrammar() throws IOException, InterruptedException {
        boolean thought = false;
        for (int seed = 0; seed < 6; seed++) {
            Answers answer =
                    Answers.both(thinker, ask(seed, SCHEMA + ",'max_tokens':80")).getFirst();
            checkAnswer(answer.text());
            thought |= !answer.thinking().isEmpty();
            Answers call =
                    Answers.both(
                                    thinker,
                                    ask(seed, TOOLS + ",'max_tokens':200,'tool_choice':'any'"))
                            .getFirst();
            assertThat(call.calls()).isNotEmpty().allSatisfy(WeatherTools::checkCall);
            Answers plain = Answers.both(thinker, ask(seed, ",'max_tokens':40")).getFirst();
            // The first closing mark ends the thoughts. A random model may write another one as
            // text.
            assertThat(plain.thinking()).doesNotContain("</think>");
            assertThat(plain.text()).doesNotStartWith("\n");
        }
        assertThat(thought).isTrue();
    }

    @Test
    void thinkingIsCountedBoundedAndCanBeSwitchedOff() throws IOException, InterruptedException {
        JsonNode usage =
                ServerUnderTest.json(thinker.complete(ask(2, ",'max_tokens':40"))).get("usage");
        int thinking = usage.at("/completion_tokens_details/reasoning_tokens").intValue();
        // Three quarters of the limit, and the closing mark letter by letter.
        assertThat(thinking).isBetween(1, 30 + "</think>".length());
        for (String off : List.of(",'reasoning_effort':'none'", ",'prompt_mode':null")) {
            String fields = SCHEMA + off;
            Answers answer = Answers.both(thinker, ask(3, fields)).getFirst();
            assertThat(answer.thinking()).isEmpty();
            checkAnswer(answer.text());
        }
        assertThat(
                        thinker.complete(ask(1, ",'max_tokens':8,'reasoning_effort':'high'"))
                                .statusCode())
                .isEqualTo(200);
        HttpResponse<String> refused = server.complete(ask(1, ",'reasoning_effort':'high'"));
        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(refused.body()).contains("reasoning_effort");
    }
}

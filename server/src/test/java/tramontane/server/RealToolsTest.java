package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tramontane.testkit.RealModels;

/** A model whose template knows tools. */
class RealToolsTest {
    private static final String NAME = "qwen2.5-coder-0.5b";
    private static final String TOOLS =
            ",'temperature':0,'max_tokens':120,'tools':[{'type':'function','function':{'name':'get_weather',"
                    + "'description':'Get the current weather of a city','parameters':{'type':'object','properties':"
                    + "{'city':{'type':'string','description':'Name of the city'}},'required':['city'],"
                    + "'additionalProperties':false}}}]";
    private static final String QUESTION =
            "{'role':'user','content':'What is the weather in Paris right now?'}";

    private static Optional<ServerUnderTest> server = Optional.empty();

    @BeforeAll
    static void start() throws IOException {
        Optional<Path> model = RealModels.find(NAME);
        assumeTrue(model.isPresent(), NAME + ".gguf is not here: ./tramontane pull " + NAME);
        server = Optional.of(ServerUnderTest.withModel(model.get(), 2048));
    }

    @AfterAll
    static void stop() throws IOException, InterruptedException {
        if (server.isPresent()) {
            server.get().close();
        }
    }

    private static String ask(String messages, String fields) {
        return "{'model':'tiny','messages':[" + messages + "]" + fields + "}";
    }

    @Test
    void theModelCallsWhetherItMustOrMay() throws IOException, InterruptedException {
        for (String choice : new String[] {"", ",'tool_choice':'any'"}) {
            Answers answer =
                    Answers.both(server.orElseThrow(), ask(QUESTION, TOOLS + choice)).getFirst();
            assertThat(answer.reason()).as(answer.text()).isEqualTo("tool_calls");
            String arguments = answer.calls().getFirst().substring("get_weather ".length());
            assertThat(JsonMapper.shared().readTree(arguments).get("city").stringValue())
                    .contains("Paris");
        }
    }

    @Test
    void resultsAreReadWhetherArgumentsCameAsTextOrObject()
            throws IOException, InterruptedException {
        String asObject = turn("Paris", "{'city':'Paris'}", "Sunny, 31 degrees");
        String asText = turn("Paris", "'{\\'city\\': \\'Paris\\'}'", "Sunny, 31 degrees");
        String none = TOOLS + ",'tool_choice':'none'";
        Answers answer =
                Answers.both(server.orElseThrow(), ask(QUESTION + "," + asObject, none)).getFirst();
        assertThat(answer.text()).contains("31");
        assertThat(
                        Answers.both(server.orElseThrow(), ask(QUESTION + "," + asText, none))
                                .getFirst())
                .isEqualTo(answer);
    }

    private static String turn(String city, String arguments, String result) {
        String id = "%-9s".formatted(city).replace(' ', '0');
        return "{'role':'assistant','content':'','tool_calls':[{'id':'%s','function':{'name':'get_weather','arguments':%s}}]},"
                        .formatted(id, arguments)
                + "{'role':'tool','tool_call_id':'%s','name':'get_weather','content':'%s'}"
                        .formatted(id, result);
    }

    private static final String RESULT =
            QUESTION + "," + turn("Paris", "{'city':'Paris'}", "Sunny, 21 C in Paris");

    /** This model repeats its call until the limit; each whole one counts. */
    @Test
    void severalBareCallsAreCallsAndOneWhereOnlyOneMayBe()
            throws IOException, InterruptedException {
        String again =
                ask(
                        "{'role':'user','content':'Weather in Paris?'},"
                                + turn("Paris", "{'city':'Paris'}", "21 degrees"),
                        TOOLS);
        Answers many = Answers.both(server.orElseThrow(), again).getFirst();
        assertThat(many.text()).isEmpty();
        assertThat(many.calls().size()).isGreaterThan(1);
        String single = again.replace(",'tools'", ",'parallel_tool_calls':false,'tools'");
        Answers one = Answers.both(server.orElseThrow(), single).getFirst();
        assertThat(one.text()).isEmpty();
        assertThat(one.calls()).hasSize(1);
        assertThat(one.reason()).isEqualTo("tool_calls");
    }

    @Test
    void inJsonModeTheModelCallsOrWritesJsonThatIsNoCall()
            throws IOException, InterruptedException {
        String json = ",'response_format':{'type':'json_object'}";
        Answers answer = Answers.both(server.orElseThrow(), ask(QUESTION, TOOLS + json)).getFirst();
        assertThat(answer.text()).isEmpty();
        assertThat(answer.calls()).hasSize(1);
        Answers none =
                Answers.both(
                                server.orElseThrow(),
                                ask(QUESTION, TOOLS + json + ",'tool_choice':'none'"))
                        .getFirst();
        assertThat(none.calls()).isEmpty();
        assertThat(none.text()).doesNotContain("arguments");
    }

    @Test
    void whereNoneMayBeMadeTheResultIsAnsweredInWords() throws IOException, InterruptedException {
        Answers answer =
                Answers.both(server.orElseThrow(), ask(RESULT, TOOLS + ",'tool_choice':'none'"))
                        .getFirst();
        assertThat(answer.text()).contains("21").doesNotContain("{");
        assertThat(answer.reason()).isEqualTo("stop");
    }

    @Test
    void aQuestionThatNeedsNoToolIsAnswered() throws IOException, InterruptedException {
        String hello = "{'role':'user','content':'Say hello in French.'}";
        for (String choice : new String[] {"", ",'tool_choice':'none'"}) {
            Answers answer =
                    Answers.both(server.orElseThrow(), ask(hello, TOOLS + choice)).getFirst();
            assertThat(answer.text()).isNotBlank();
            assertThat(answer.calls()).isEmpty();
        }
    }
}

package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tramontane.api.ModelCard;
import tramontane.backend.Backend;
import tramontane.backend.ModelBackend;
import tramontane.backend.RunOptions;
import tramontane.kernel.choice.KernelChoice;
import tramontane.pool.ModelPool;
import tramontane.pool.PoolSettings;
import tramontane.pool.UnloadableModelException;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;
import tramontane.upstream.RoutedBackend;
import tramontane.upstream.UpstreamKind;
import tramontane.upstream.UpstreamModel;
import tramontane.upstream.UpstreamTimes;

/** A server in front of another one: answers are the same as the direct ones. */
class UpstreamWireTest {
    static final UpstreamTimes TIMES =
            new UpstreamTimes(
                    Duration.ofSeconds(5),
                    Duration.ofMinutes(5),
                    Duration.ofMinutes(5),
                    Duration.ofSeconds(1));

    private static ServerUnderTest direct;
    private static ServerUnderTest gateway;

    @BeforeAll
    static void start() throws IOException {
        direct = ServerUnderTest.start();
        gateway = gateway(model("tiny", UpstreamKind.TRAMONTANE, TIMES, direct.uri("")));
    }

    @AfterAll
    static void stop() throws IOException, InterruptedException {
        gateway.close();
        direct.close();
    }

    static UpstreamModel model(
            String name, UpstreamKind kind, UpstreamTimes times, URI... addresses) {
        return new UpstreamModel(
                name,
                kind,
                List.of(addresses),
                "tiny",
                kind.tellsContext() ? Optional.empty() : Optional.of(2048),
                Optional.empty(),
                times);
    }

    /** A server with a tiny model of its own, and one of another server. */
    static ServerUnderTest beside(UpstreamModel upstream) throws IOException {
        return ServerUnderTest.with(
                (directory, machine) -> {
                    Path file =
                            TinyModel.of(Architecture.LLAMA).write(directory.resolve("tiny.gguf"));
                    return routed(
                            ModelBackend.load(
                                    file,
                                    new ModelCard.Names("tiny", List.of()),
                                    new RunOptions(
                                            Optional.of(1), Optional.empty(), Optional.empty()),
                                    machine),
                            upstream);
                },
                () -> KernelChoice.of(""));
    }

    private static RoutedBackend routed(Backend local, UpstreamModel... models) throws IOException {
        RoutedBackend backend = new RoutedBackend(local, System::nanoTime);
        try {
            backend.change(List.of(models));
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        return backend;
    }

    /** A server without models of its own. */
    static ServerUnderTest gateway(UpstreamModel... models) throws IOException {
        return ServerUnderTest.with(
                (directory, machine) -> {
                    try {
                        ModelPool none =
                                ModelPool.open(
                                        List.of(),
                                        new RunOptions(
                                                Optional.of(1), Optional.empty(), Optional.empty()),
                                        new PoolSettings(
                                                1 << 30, Duration.ofMinutes(1), Optional.empty()),
                                        machine);
                        return routed(none, models);
                    } catch (UnloadableModelException e) {
                        throw new IOException(e);
                    }
                },
                () -> KernelChoice.of(""));
    }

    /** Ids, times and random names differ; everything else must be equal. */
    private static final Pattern OF_ITS_OWN =
            Pattern.compile(
                    "\"id\":\"[^\"]*\"|\"created\":\\d+|\"(cached|rejected_prediction|accepted_prediction)_tokens\":\\d+|\"num_cached_tokens\":\\d+");

    static String comparable(String body) {
        return OF_ITS_OWN
                .matcher(body)
                .replaceAll("")
                .lines()
                .filter(line -> !line.isEmpty() && !line.startsWith(":"))
                .reduce("", (a, b) -> a + b + "\n");
    }

    private static void same(String request) throws IOException, InterruptedException {
        HttpResponse<String> there = direct.complete(request);
        HttpResponse<String> here = gateway.complete(request);
        assertThat(here.statusCode()).as(here.body()).isEqualTo(there.statusCode());
        assertThat(comparable(here.body())).isEqualTo(comparable(there.body()));
    }

    private static void sameBothWays(String fields) throws IOException, InterruptedException {
        for (String stream : List.of("", ",'stream':true")) {
            same("{'model':'tiny'," + fields + stream + "}");
        }
    }

    private static final String HELLO = "'messages':[{'role':'user','content':'abc é 😀'}]";

    @Test
    void aSeededAnswerIsTheSameWholeAndStreamed() throws Exception {
        sameBothWays(HELLO + ",'random_seed':7,'max_tokens':20");
        sameBothWays(
                HELLO + ",'random_seed':8,'temperature':1.2,'top_p':0.9,'n':3,'max_tokens':12");
        sameBothWays(
                HELLO
                        + ",'random_seed':9,'temperature':0.5,'presence_penalty':1,'frequency_penalty':0.5,"
                        + "'repetition_penalty':1.3,'top_k':40,'min_tokens':3,'max_tokens':16,'stop':['e']");
    }

    @Test
    void prefixesPredictionsAndSystemTextsArrive() throws Exception {
        sameBothWays(
                "'messages':[{'role':'system','content':[{'type':'text','text':'a'},{'type':'text','text':'b'}]},"
                        + "{'role':'user','content':'hi'},{'role':'assistant','content':'Once','prefix':true}],"
                        + "'random_seed':1,'max_tokens':9");
        sameBothWays(
                HELLO
                        + ",'random_seed':2,'max_tokens':12,'safe_prompt':true,'prediction':{'type':'content','content':'abc abc'}");
    }

    @Test
    void jsonAndCallsArriveAndAreValid() throws Exception {
        sameBothWays(
                HELLO
                        + ",'random_seed':3,'max_tokens':60,'response_format':{'type':'json_object'}");
        sameBothWays(
                HELLO
                        + ",'random_seed':4,'max_tokens':80,'response_format':{'type':'json_schema','json_schema':{'name':'x',"
                        + "'schema':{'type':'object','properties':{'a':{'type':'integer'},'b':{'enum':['x','y']}},'required':['a','b']}}}");
        sameBothWays(
                HELLO
                        + ",'random_seed':5,'max_tokens':120,'tool_choice':'any','tools':[{'type':'function','function':"
                        + "{'name':'f','parameters':{'type':'object','properties':{'a':{'type':'boolean'}},'required':['a']}}}]");
    }

    @Test
    void callsOfEarlierTurnsArrive() throws Exception {
        sameBothWays(
                "'messages':[{'role':'user','content':'hi'},{'role':'assistant','tool_calls':[{'id':'123456789',"
                        + "'function':{'name':'f','arguments':{'a':[1,null,2.5,'x']}}}]},{'role':'tool','content':'r','tool_call_id':"
                        + "'123456789','name':'f'}],'random_seed':6,'max_tokens':9,'tools':[{'type':'function','function':"
                        + "{'name':'f','description':'d','parameters':{'type':'object'}}}]");
    }

    @Test
    void faultsOfARequestAreReportedAsByTheUpstream() throws Exception {
        same("{'model':'tiny'," + HELLO + ",'max_tokens':100000}");
        same("{'model':'tiny','messages':[],'temperature':9,'x':1}");
        same("{'model':'tiny'," + HELLO + ",'prompt_mode':'reasoning'}");
    }

    @Test
    void logprobsArePassedOn() throws Exception {
        sameBothWays(HELLO + ",'random_seed':1,'max_tokens':9,'logprobs':true");
        sameBothWays(
                HELLO
                        + ",'random_seed':2,'max_tokens':7,'n':2,'logprobs':true,'top_logprobs':3,'prompt_logprobs':true,"
                        + "'top_prompt_logprobs':2");
        sameBothWays(HELLO + ",'max_tokens':0,'prompt_logprobs':true");
    }

    @Test
    void whatIsNotPassedOnIsRefusedByName() throws Exception {
        try (FaultyUpstream upstream = new FaultyUpstream(FaultyUpstream.answering("one"));
                ServerUnderTest before = UpstreamFaultTest.before(TIMES, upstream)) {
            HttpResponse<String> refused =
                    before.complete("{'model':'tiny'," + HELLO + ",'prompt_logprobs':true}");
            assertThat(refused.statusCode()).isEqualTo(422);
            assertThat(refused.body()).contains("\"param\":\"prompt_logprobs\"");
            assertThat(upstream.requests).isEmpty();
        }
    }

    @Test
    void theModelHasACardAndTheServerIsWell() throws Exception {
        JsonNode there = ServerUnderTest.json(direct.get("/v1/models/tiny"));
        JsonNode here = ServerUnderTest.json(gateway.get("/v1/models/tiny"));
        for (String field :
                List.of("id", "max_context_length", "capabilities", "created", "state")) {
            assertThat(here.get(field)).as(field).isEqualTo(there.get(field));
        }
        assertThat(gateway.get("/health").statusCode()).isEqualTo(200);
        assertThat(gateway.get("/metrics").body())
                .contains("tramontane_upstream_up{model=\"tiny\",upstream=\"127.0.0.1:")
                .contains("tramontane_upstream_retries_total{model=\"tiny\"} 0.0");
    }

    @Test
    void anInspectionReportsFaultsOnly() throws Exception {
        JsonNode report =
                ServerUnderTest.json(
                        gateway.send(
                                HttpRequest.newBuilder(gateway.uri("/tramontane/inspect"))
                                        .POST(
                                                HttpRequest.BodyPublishers.ofString(
                                                        ("{'model':'tiny'," + HELLO + "}")
                                                                .replace('\'', '"')))));
        assertThat(report.get("valid").booleanValue()).isTrue();
    }
}

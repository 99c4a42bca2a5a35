package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Schemas that would take too much end in a 422, and others are answered meanwhile. */
class SchemaWorkWireTest {
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
        return "{'model':'tiny','messages':[{'content':'one two'}],'max_tokens':4" + fields + "}";
    }

    private static String answering(String schema) {
        return ask(
                ",'response_format':{'type':'json_schema','json_schema':{'name':'s','schema':"
                        + schema
                        + "}}");
    }

    /** 60 levels, each of which needs the next twice: its shortest value has 2^60 parts. */
    private static String nested() {
        String definitions =
                IntStream.range(0, 60)
                        .mapToObj(i ->
                                "'d%d':{'type':'object','properties':{'a':{'$ref':'#/$defs/d%d'},'b':{'$ref':'#/$defs/d%d'}},'required':['a','b']}"
                                        .formatted(i, i + 1, i + 1))
                        .collect(Collectors.joining(","));
        return "{'$defs':{" + definitions + ",'d60':{'type':'integer'}},'$ref':'#/$defs/d0'}";
    }

    private static String patterns(int count, int size) {
        String properties =
                IntStream.range(0, count)
                        .mapToObj(i ->
                                "'p%d':{'type':'string','pattern':'^(a|b)*a(a|b){%d}%d$'}"
                                        .formatted(i, size, i))
                        .collect(Collectors.joining(","));
        return "{'type':'object','properties':{" + properties + "}}";
    }

    @Test
    void aSchemaWhoseShortestValueIsHugeIsRefused() throws IOException, InterruptedException {
        HttpResponse<String> refused = server.complete(answering(nested()));
        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(refused.body())
                .contains("schema_not_enforceable")
                .contains("the shortest value has more than");
    }

    @Test
    void theToolsOfARequestShareWhatItsSchemasMayTake() throws IOException, InterruptedException {
        String tools =
                IntStream.range(0, 40)
                        .mapToObj(i ->
                                "{'function':{'name':'f%d','parameters':%s}}"
                                        .formatted(i, patterns(9, 10 + i % 2)))
                        .collect(Collectors.joining(","));
        HttpResponse<String> refused = server.complete(ask(",'tools':[" + tools + "]"));
        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(refused.body())
                .contains("needs too much work together with the other schemas of the request");
    }

    @Test
    void othersAreAnsweredWhileLargeSchemasAreCompiled()
            throws IOException, InterruptedException, ExecutionException {
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<HttpResponse<String>>> large = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                String body = answering(patterns(100 + i, 11));
                large.add(callers.submit(() -> server.complete(body)));
            }
            assertThat(server.complete(answering("{'type':'boolean'}")).statusCode())
                    .isEqualTo(200);
            for (Future<HttpResponse<String>> each : large) {
                assertThat(each.get().statusCode()).isIn(200, 400, 422);
            }
        }
    }
}

package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.upstream.UpstreamKind;

/** Streams that services send although no description of the API has them. */
class UpstreamOddStreamTest {
    private static final String TOOLS =
            ",'tools':[{'type':'function','function':{'name':'f','parameters':{'type':'object','properties':"
                    + "{'a':{'type':'integer'}},'required':['a']}}}]";

    private static HttpResponse<String> whole(String fields, FaultyUpstream.Behaviour behaviour)
            throws Exception {
        try (FaultyUpstream upstream = new FaultyUpstream(behaviour);
                ServerUnderTest gateway =
                        UpstreamFaultTest.before(UpstreamFaultTest.PATIENT, upstream)) {
            return gateway.complete(UpstreamFaultTest.ASK.formatted(fields));
        }
    }

    /** A stream of these events, and an end as it should be. */
    private static FaultyUpstream.Behaviour events(String... events) {
        return connection -> {
            connection.stream();
            for (String event : events) {
                connection.data(event);
            }
            connection.end("stop");
        };
    }

    private static String delta(String fields, String reason) {
        return "{'choices':[{'index':0,'delta':{" + fields + "},'finish_reason':" + reason + "}]}";
    }

    private static void answers(FaultyUpstream.Behaviour behaviour, String... parts)
            throws Exception {
        HttpResponse<String> answer = whole("", behaviour);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains(parts);
    }

    private static void fails(FaultyUpstream.Behaviour behaviour, String reason) throws Exception {
        HttpResponse<String> answer = whole("", behaviour);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(502);
        assertThat(answer.body()).contains(reason);
    }

    @Test
    void noTextOfAnAnswerIsLost() throws Exception {
        answers(
                connection -> {
                    connection.stream();
                    connection.write("\uFEFF");
                    connection.text("one");
                    connection.text(" two");
                    connection.end("stop");
                },
                "\"content\":\"one two\"");
        answers(
                events("{'choices':[{'index':0,'message':{'content':'one'}}]}"),
                "\"content\":\"one\"");
        answers(
                events(
                        delta("'reasoning_content':null,'reasoning':'why'", "null"),
                        delta("'content':'one'", "null")),
                "\"text\":\"why\"",
                "\"text\":\"one\"");
        fails(
                events(delta("'content':'one'", "'stop'"), delta("'content':' two'", "null")),
                "it went on after a finish_reason");
    }

    /** As services send it that cut their text by code units of UTF-16. */
    @Test
    void aCharacterInTwoPartsIsOneAndHalfOfOneIsAnError() throws Exception {
        try (FaultyUpstream upstream =
                        new FaultyUpstream(
                                events(
                                        delta("'reasoning':'why \\ud83d'", "null"),
                                        delta("'reasoning':'\\ude00'", "null"),
                                        delta("'content':'one \\ud83d'", "null"),
                                        delta("'content':'\\ude00 two'", "null")));
                ServerUnderTest gateway =
                        UpstreamFaultTest.before(UpstreamFaultTest.PATIENT, upstream)) {
            assertThat(gateway.complete(UpstreamFaultTest.ASK.formatted(",'stream':true")).body())
                    .contains("\"why \"", "\"one \"", "\"😀\"", "\"😀 two\"", "[DONE]")
                    .doesNotContain("ud83d", "ude00");
        }
        answers(
                connection -> {
                    connection.stream();
                    connection.data(delta("'content':'one\\ud83d'", "'length'"));
                    connection.end("length");
                },
                "\"content\":\"one\"");
        for (String broken : List.of("\\ud83d", "\\ud83d two", "\\ude00", "\\ude00\\ud83d")) {
            fails(events(delta("'content':'one" + broken + "'", "null")), "half a character");
            fails(events(delta("'reasoning':'one" + broken + "'", "null")), "half a character");
        }
    }

    @Test
    void anEmptyFinishReasonIsNone() throws Exception {
        answers(
                events(delta("'content':'one'", "''"), delta("'content':' two'", "''")),
                "\"content\":\"one two\"",
                "\"finish_reason\":\"stop\"");
    }

    /** Such counts would lower what a key has used. */
    @Test
    void aUsageThatCannotBeIsNone() throws Exception {
        for (String counts :
                new String[] {
                    "-5,'completion_tokens':3",
                    "5,'completion_tokens':-3",
                    "5,'completion_tokens':null",
                    "null,'completion_tokens':3",
                    "2000000000,'completion_tokens':3"
                }) {
            fails(
                    connection -> {
                        connection.stream();
                        connection.data(delta("'content':'one'", "'stop'"));
                        connection.data("{'choices':[],'usage':{'prompt_tokens':" + counts + "}}");
                        connection.data("[DONE]");
                    },
                    "it sent no usage");
        }
        answers(
                connection -> {
                    connection.stream();
                    connection.data(delta("'content':'one'", "'stop'"));
                    connection.data(
                            "{'choices':[],'usage':{'prompt_tokens':5,'completion_tokens':3,'num_cached_tokens':9}}");
                    connection.data("[DONE]");
                },
                "\"num_cached_tokens\":5");
    }

    @Test
    void theLastEventNeedsNoEmptyLine() throws Exception {
        for (String last : new String[] {"data: [DONE]\n", "data: [DONE]", "data:[DONE]\r"}) {
            answers(
                    connection -> {
                        connection.stream();
                        connection.text("one");
                        connection.data(
                                "{'choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}");
                        connection.data(
                                "{'choices':[],'usage':{'prompt_tokens':5,'completion_tokens':3}}");
                        connection.write(last);
                    },
                    "\"content\":\"one\"");
        }
    }

    @Test
    void aBodyThatIsNoStreamIsNamed() throws Exception {
        fails(
                connection -> {
                    connection.stream();
                    connection.write(new byte[] {0x1F, (byte) 0x8B, 8, 0, 1, 2, 3});
                },
                "its answer is compressed");
        fails(
                connection -> {
                    connection.stream();
                    connection.write("\n {\"choices\":[{\"message\":{\"content\":\"one\"}}]}");
                },
                "it sent JSON instead of a stream of events");
        fails(
                connection -> {
                    connection.stream();
                    connection.write("<html><body>Log in</body></html>");
                },
                "it sent a page instead of a stream of events");
    }

    /** Such requests would otherwise take the upstream away from everybody else. */
    @Test
    void anErrorOfTheRequestInsideAStreamDoesNotOpenTheBreaker() throws Exception {
        String[] errors = {
            "{'error':{'message':'no grammar','type':'BadRequestError','param':null,'code':400}}",
            "{'error':{'message':'no grammar','type':'invalid_request_error','code':null}}"
        };
        for (String error : errors) {
            try (FaultyUpstream upstream =
                            new FaultyUpstream(connection -> {
                                connection.stream();
                                connection.data(error);
                                connection.data("[DONE]");
                            });
                    ServerUnderTest gateway =
                            UpstreamFaultTest.before(UpstreamFaultTest.PATIENT, upstream)) {
                for (int i = 0; i < 4; i++) {
                    HttpResponse<String> answer =
                            gateway.complete(UpstreamFaultTest.ASK.formatted(""));
                    assertThat(answer.statusCode()).isEqualTo(400);
                    assertThat(answer.body()).contains("no grammar");
                }
                upstream.then(FaultyUpstream.answering("one"));
                assertThat(gateway.complete(UpstreamFaultTest.ASK.formatted("")).statusCode())
                        .isEqualTo(200);
            }
        }
    }

    @Test
    void noMoreTextIsKeptThanTheTokensOfTheAnswerCanHold() throws Exception {
        String json = ",'max_tokens':2,'response_format':{'type':'json_object'}";
        HttpResponse<String> answer =
                whole(
                        json,
                        connection -> {
                            connection.stream();
                            for (int i = 0; i < 70; i++) {
                                connection.text(" ".repeat(1000));
                            }
                            connection.end("stop");
                        });
        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(answer.body()).contains("it wrote more text than its tokens can hold");
    }

    private static HttpResponse<String> post(ServerUnderTest gateway, String path, String json)
            throws IOException, InterruptedException {
        return gateway.send(
                HttpRequest.newBuilder(gateway.uri(path))
                        .POST(HttpRequest.BodyPublishers.ofString(json.replace('\'', '"'))));
    }

    @Test
    void theErrorsOfOtherUsesSpeakOfTheUpstream() throws Exception {
        try (FaultyUpstream upstream = new FaultyUpstream(FaultyUpstream.answering("one"));
                ServerUnderTest gateway =
                        UpstreamFaultTest.before(UpstreamFaultTest.PATIENT, upstream)) {
            HttpResponse<String> gap =
                    post(
                            gateway,
                            "/v1/fim/completions",
                            "{'model':'tiny','prompt':'a','suffix':'b'}");
            assertThat(gap.statusCode()).isEqualTo(422);
            assertThat(gap.body())
                    .contains("suffix is not supported for model tiny, which runs on vllm");
            HttpResponse<String> vectors =
                    post(gateway, "/v1/embeddings", "{'model':'tiny','input':'a'}");
            assertThat(vectors.statusCode()).isEqualTo(400);
            assertThat(vectors.body()).contains("embeddings of upstreams are not served");
        }
    }

    @Test
    void whatAFilterFindsDoesNotOpenTheBreaker() throws Exception {
        try (FaultyUpstream upstream =
                        new FaultyUpstream(connection -> {
                            connection.stream();
                            connection.end("content_filter");
                        });
                ServerUnderTest gateway =
                        UpstreamFaultTest.before(UpstreamFaultTest.PATIENT, upstream)) {
            for (int i = 0; i < 4; i++) {
                assertThat(gateway.complete(UpstreamFaultTest.ASK.formatted("")).body())
                        .contains("finish_reason content_filter");
            }
            upstream.then(FaultyUpstream.answering("one"));
            assertThat(gateway.complete(UpstreamFaultTest.ASK.formatted("")).statusCode())
                    .isEqualTo(200);
        }
    }

    private static void calls(String parts, String... expected) throws Exception {
        HttpResponse<String> answer =
                whole(TOOLS, events(delta("'tool_calls':[" + parts + "]", "null")));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        String[] arguments = answer.body().split("\"arguments\":", -1);
        assertThat(arguments).hasSize(expected.length + 1);
        for (int i = 0; i < expected.length; i++) {
            assertThat(arguments[i + 1]).startsWith("\"{\\\"a\\\":" + expected[i] + "}\"");
        }
    }

    private static String part(String more, String arguments) {
        return "{" + more + "'function':{'name':'f','arguments':'" + arguments + "'}}";
    }

    @Test
    void partsOfCallsAreJoinedByIdsWhereTheIndexDoesNotTellThemApart() throws Exception {
        String one = "{\\'a\\':1}";
        String two = "{\\'a\\':2}";
        calls(part("'id':'x','index':0,", one) + "," + part("'id':'y','index':0,", two), "1", "2");
        calls(part("'id':'x','index':null,", one) + "," + part("'id':'y',", two), "1", "2");
        calls(part("'id':'x',", "{\\'a\\':") + "," + part("'id':'x',", "1}"), "1");
        calls(part("'id':'x','index':0,", "{\\'a\\':") + "," + part("'index':0,", "1}"), "1");
        calls(part("", one) + "," + part("", two), "1", "2");
    }

    @Test
    void anAnswerIsCompleteAlthoughItsResponseDoesNotEnd() throws Exception {
        answers(
                connection -> {
                    connection.stream();
                    connection.text("one");
                    connection.end("stop");
                    connection.awaitClosed();
                },
                "\"content\":\"one\"");
    }

    @Test
    void theFaultsOfA422AreShown() throws Exception {
        String detail =
                "'detail':[{'type':'x','loc':['body','temperature'],'msg':'Input is too large'},"
                        + "{'type':'x','loc':['body','messages',0],'msg':'Bad'}]";
        for (String body : new String[] {"{" + detail + "}", "{'message':{" + detail + "}}"}) {
            HttpResponse<String> answer =
                    whole("", connection -> connection.status("422 X", body.replace('\'', '"')));
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body()).contains("temperature: Input is too large; messages.0: Bad");
        }
    }

    @Test
    void addressesThatDifferInTheirPathAreToldApart() throws Exception {
        try (FaultyUpstream upstream = new FaultyUpstream(FaultyUpstream.answering("one"));
                ServerUnderTest gateway =
                        UpstreamWireTest.gateway(
                                UpstreamWireTest.model(
                                        "tiny",
                                        UpstreamKind.VLLM,
                                        UpstreamFaultTest.PATIENT,
                                        URI.create(upstream.uri() + "/a"),
                                        URI.create(upstream.uri() + "/b")))) {
            HttpResponse<String> metrics = gateway.get("/metrics");
            assertThat(metrics.statusCode()).isEqualTo(200);
            assertThat(metrics.body())
                    .contains("upstream=\"127.0.0.1:" + upstream.uri().getPort() + "/a\"")
                    .contains("upstream=\"127.0.0.1:" + upstream.uri().getPort() + "/b\"");
        }
    }

    /** The reason that operators see, since "cannot be reached" would send them to the network. */
    @Test
    void aCertificateThatIsNotTrustedIsNamed(@TempDir Path folder) throws Exception {
        Certificates.make(folder, "own", "EC");
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(folder.resolve("own.p12"))) {
            keys.load(in, "changeit".toCharArray());
        }
        KeyManagerFactory managers =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, "changeit".toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        try (ServerSocket listener =
                context.getServerSocketFactory()
                        .createServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual()
                    .start(() -> {
                        while (!listener.isClosed()) {
                            try (Socket socket = listener.accept()) {
                                int unused = socket.getInputStream().read();
                            } catch (IOException e) {
                                // The handshake failed, which the test waits for elsewhere.
                            }
                        }
                    });
            try (ServerUnderTest gateway =
                    UpstreamWireTest.gateway(
                            UpstreamWireTest.model(
                                    "tiny",
                                    UpstreamKind.VLLM,
                                    UpstreamFaultTest.PATIENT,
                                    URI.create("https://127.0.0.1:" + listener.getLocalPort())))) {
                String models = gateway.get("/v1/models").body();
                while (models.contains("it was not checked yet")) {
                    Thread.sleep(20);
                    models = gateway.get("/v1/models").body();
                }
                assertThat(models).contains("its TLS certificate is not trusted");
            }
        }
    }
}

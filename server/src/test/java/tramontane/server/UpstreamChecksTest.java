package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

/** JSON and calls that an upstream wrote are valid before a client sees them as complete. */
class UpstreamChecksTest {
    private static void checked(String fields, FaultyUpstream.Behaviour behaviour, String reason)
            throws Exception {
        try (FaultyUpstream upstream = new FaultyUpstream(behaviour);
                ServerUnderTest gateway =
                        UpstreamFaultTest.before(UpstreamFaultTest.PATIENT, upstream)) {
            HttpResponse<String> whole = gateway.complete(UpstreamFaultTest.ASK.formatted(fields));
            HttpResponse<String> stream =
                    gateway.complete(UpstreamFaultTest.ASK.formatted(fields + ",'stream':true"));
            if (reason.isEmpty()) {
                assertThat(whole.statusCode()).as(whole.body()).isEqualTo(200);
                assertThat(stream.body()).contains("[DONE]");
            } else {
                assertThat(whole.statusCode()).as(whole.body()).isEqualTo(502);
                assertThat(whole.body()).contains(reason);
                assertThat(stream.body()).contains(reason).doesNotContain("[DONE]");
            }
            assertThat(gateway.complete(UpstreamFaultTest.ASK.formatted(fields)).statusCode())
                    .as("what a model writes does not open the breaker")
                    .isEqualTo(whole.statusCode());
        }
    }

    private static FaultyUpstream.Behaviour json(String text) {
        return connection -> {
            connection.stream();
            connection.text(text.replace("\"", "\\\""));
            connection.end("stop");
        };
    }

    @Test
    void jsonIsValidOrAnError() throws Exception {
        String object = ",'response_format':{'type':'json_object'}";
        String notJson = "not the JSON that response_format demands";
        checked(object, json("{\"a\": [1, 2]}"), "");
        checked(object, json(" \\n{}\\n"), "");
        checked(object, json("[1]"), notJson);
        checked(object, json("{\"a\": 1"), notJson);
        checked(object, json("Here it is: {}"), notJson);
        String schema =
                ",'response_format':{'type':'json_schema','json_schema':{'name':'x','schema':{'type':'object',"
                        + "'properties':{'a':{'type':'integer'}},'required':['a']}}}";
        checked(schema, json("{\"a\": 1}"), "");
        checked(schema, json("{\"b\": \"more than was listed\", \"a\": 1}"), "");
        checked(schema, json("{\"a\": \"1\"}"), notJson);
        checked(schema, json("{}"), notJson);
    }

    private static FaultyUpstream.Behaviour calling(String... parts) {
        return connection -> {
            connection.stream();
            for (String part : parts) {
                connection.data(
                        "{'choices':[{'index':0,'delta':{'tool_calls':["
                                + part
                                + "]},'finish_reason':null}]}");
            }
            connection.end("tool_calls");
        };
    }

    @Test
    void callsAreValidOrAnError() throws Exception {
        String tools =
                ",'tools':[{'type':'function','function':{'name':'f','parameters':{'type':'object','properties':"
                        + "{'a':{'type':'integer'}},'required':['a']}}}]";
        String named = "{'index':0,'id':'chatcmpl-tool-1','function':{'name':'f','arguments':''}}";
        checked(
                tools,
                calling(
                        named,
                        "{'index':0,'function':{'arguments':'{\\'a\\':'}}",
                        "{'index':0,'function':{'arguments':' 1}'}}"),
                "");
        checked(
                tools,
                calling(named, "{'index':0,'function':{'arguments':'{'}}"),
                "the arguments of its call of f are not valid");
        checked(
                tools,
                calling("{'index':0,'function':{'name':'g','arguments':'{}'}}"),
                "a tool that the request does not offer");
        checked(
                tools + ",'tool_choice':'none'",
                calling(named),
                "which the request does not allow");
        checked(
                tools + ",'tool_choice':'any'",
                FaultyUpstream.answering("no"),
                "it called no tool");
    }

    @Test
    void aCallHasMistralsFormWhateverTheEnginesWas() throws Exception {
        try (FaultyUpstream upstream =
                        new FaultyUpstream(
                                calling(
                                        "{'index':0,'id':'chatcmpl-tool-1','function':{'name':'f','arguments':'{'}}",
                                        "{'index':0,'function':{'arguments':'}'}}"));
                ServerUnderTest gateway =
                        UpstreamFaultTest.before(UpstreamFaultTest.PATIENT, upstream)) {
            String answer =
                    gateway.complete(
                                    UpstreamFaultTest.ASK.formatted(
                                            ",'tool_choice':'any','tools':[{'type':'function','function':{'name':'f','parameters':{}}}]"))
                            .body();
            assertThat(answer)
                    .contains("\"finish_reason\":\"tool_calls\"")
                    .containsPattern("\"id\":\"[a-zA-Z0-9]{9}\"")
                    .contains("\"name\":\"f\",\"arguments\":\"{}\"");
            assertThat(upstream.requests.getFirst()).contains("\"tool_choice\":\"required\"");
        }
    }
}

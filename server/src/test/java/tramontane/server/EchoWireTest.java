package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Whatever answer the server gives, it accepts as a message of the next request. */
class EchoWireTest {
    private static final String THINKER =
            "{% for m in messages %}{{ m.role }}: {{ m.content }}"
                    + "{% for c in m.tool_calls %}<tool_call>\n{\"name\": \"{{ c.function.name }}\", \"arguments\": "
                    + "{{ c.function.arguments|tojson }}}\n</tool_call>{% endfor %}\n{% endfor %}{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% else %}<think>\n{% endif %}";

    private static final String TOOLS =
            ",'tools':[{'function':{'name':'a','parameters':{'properties':{'text':{'type':'string','maxLength':9}}}}},"
                    + "{'function':{'name':'the','parameters':{'additionalProperties':{'type':'number'},'maxProperties':2}}}]";

    /** What makes answers of each shape: fields of a request for a model that babbles. */
    private static final List<String> SHAPES =
            List.of(
                    ",'max_tokens':0",
                    ",'max_tokens':1",
                    ",'max_tokens':12,'n':3",
                    ",'max_tokens':60",
                    ",'stop':['e','a',' ']",
                    ",'response_format':{'type':'json_object'},'max_tokens':90",
                    TOOLS + ",'max_tokens':60",
                    TOOLS + ",'tool_choice':'any','max_tokens':150",
                    TOOLS + ",'tool_choice':'any','parallel_tool_calls':false,'max_tokens':150",
                    TOOLS
                            + ",'tool_choice':{'type':'function','function':{'name':'the'}},'max_tokens':90",
                    TOOLS + ",'tool_choice':'none','max_tokens':30",
                    TOOLS + ",'response_format':{'type':'json_object'},'max_tokens':150",
                    ",'logprobs':true,'max_tokens':5");

    private final Set<String> seen = new HashSet<>();

    @Test
    void everyAnswerIsReadBack() throws IOException, InterruptedException {
        try (ServerUnderTest plain = ServerUnderTest.start();
                ServerUnderTest thinker =
                        ServerUnderTest.withTemplate(THINKER, ServerUnderTest.LIMITS)) {
            for (ServerUnderTest server : List.of(plain, thinker)) {
                for (String shape : SHAPES) {
                    for (int seed = 0; seed < 3; seed++) {
                        echo(server, shape + ",'temperature':1.4,'random_seed':" + seed);
                    }
                }
            }
        }
        assertThat(seen)
                .contains("empty", "text", "chunks", "calls", "length", "stop", "tool_calls");
    }

    private void echo(ServerUnderTest server, String fields)
            throws IOException, InterruptedException {
        ObjectNode body =
                (ObjectNode)
                        JsonMapper.shared()
                                .readTree(
                                        ("{'model':'tiny','messages':[{'role':'user','content':'one two'}]"
                                                        + fields
                                                        + "}")
                                                .replace('\'', '"'));
        HttpResponse<String> first = post(server, body);
        assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
        for (JsonNode choice : ServerUnderTest.json(first).get("choices")) {
            JsonNode message = choice.get("message");
            note(choice);
            ObjectNode next = body.deepCopy();
            next.put("max_tokens", 1).remove(List.of("response_format", "tool_choice", "n"));
            ArrayNode messages = (ArrayNode) next.get("messages");
            messages.add(message);
            for (JsonNode call : message.path("tool_calls")) {
                messages.addObject()
                        .put("role", "tool")
                        .put("content", "r")
                        .set("tool_call_id", call.get("id"));
            }
            if (message.get("tool_calls").isNull()) {
                messages.addObject().put("role", "user").put("content", "three");
            }
            accepted(server, next);
            accepted(server, next.deepCopy().put("tool_choice", "none"));
            messages.addObject().put("role", "system").put("content", "Go on.");
            if (!message.get("tool_calls").isNull()) {
                accepted(server, next);
            } else {
                ((ArrayNode) next.get("messages")).remove(3);
                ((ArrayNode) next.get("messages")).remove(2);
                ((ObjectNode) next.at("/messages/1")).put("prefix", true);
                accepted(server, next);
            }
        }
    }

    private static HttpResponse<String> post(ServerUnderTest server, ObjectNode body)
            throws IOException, InterruptedException {
        return server.send(
                HttpRequest.newBuilder(server.uri("/v1/chat/completions"))
                        .POST(HttpRequest.BodyPublishers.ofString(body.toString())));
    }

    private static void accepted(ServerUnderTest server, ObjectNode body)
            throws IOException, InterruptedException {
        HttpResponse<String> response = post(server, body);
        assertThat(response.statusCode()).as(body + " -> " + response.body()).isEqualTo(200);
    }

    private void note(JsonNode choice) {
        JsonNode content = choice.at("/message/content");
        seen.add(choice.get("finish_reason").stringValue());
        seen.add(
                choice.at("/message/tool_calls").size() > 0
                        ? "calls"
                        : content.isArray()
                                ? "chunks"
                                : content.stringValue().isEmpty() ? "empty" : "text");
    }
}

package tramontane.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tramontane.chat.Chunk;
import tramontane.chat.JsonNull;
import tramontane.chat.Message;
import tramontane.chat.Role;
import tramontane.chat.ToolCall;

/** What becomes of a request's messages. Bodies here are written with single quotes. */
class RequestMessagesTest {
    private static ChatCompletionRequest parse(String json) throws ApiException {
        return ChatCompletionRequest.parse(
                JsonBody.parse(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8)),
                FieldSet.MISTRAL);
    }

    /** A request of one message with more fields. */
    private static ChatCompletionRequest with(String fields) throws ApiException {
        return parse(
                "{'model':'m','messages':[{'role':'user','content':'hi'}]"
                        + (fields.isEmpty() ? "" : "," + fields)
                        + "}");
    }

    @Test
    void messagesBecomeTheRecordsThatTemplatesRender() throws ApiException {
        ChatCompletionRequest request =
                parse(
                        "{'model':'m','messages':["
                                + "{'role':'system','content':[{'type':'text','text':'a'},{'text':'b'}]},"
                                + "{'content':null},"
                                + "{'role':'assistant','content':[{'type':'thinking','thinking':[{'type':'text','text':'t'}],"
                                + "'closed':false,'signature':null}],'tool_calls':[{'id':'123456789','function':"
                                + "{'name':'f','arguments':'{\\'x\\':[1,null,2.5]}'},'index':0,'type':'function'}],'prefix':false},"
                                + "{'role':'tool','content':'r','tool_call_id':'123456789','name':'f'}]}");

        assertThat(request.messages())
                .containsExactly(
                        new Message(
                                Role.SYSTEM,
                                List.of(new Chunk.Text("a"), new Chunk.Text("b")),
                                List.of(),
                                Optional.empty(),
                                Optional.empty(),
                                false),
                        new Message(
                                Role.USER,
                                List.of(),
                                List.of(),
                                Optional.empty(),
                                Optional.empty(),
                                false),
                        new Message(
                                Role.ASSISTANT,
                                List.of(new Chunk.Thinking(List.of(new Chunk.Text("t")), false)),
                                List.of(
                                        new ToolCall(
                                                "123456789",
                                                "f",
                                                Map.of("x", List.of(1, JsonNull.NULL, 2.5)))),
                                Optional.empty(),
                                Optional.empty(),
                                false),
                        new Message(
                                Role.TOOL,
                                List.of(new Chunk.Text("r")),
                                List.of(),
                                Optional.of("123456789"),
                                Optional.of("f"),
                                false));
    }

    @Test
    void safePromptStandsBeforeTheCallersOwnSystemText() throws ApiException {
        assertThat(with("'safe_prompt':true").conversation().getFirst())
                .satisfies(first -> assertThat(first.role()).isEqualTo(Role.SYSTEM))
                .satisfies(first ->
                        assertThat(first.text())
                                .startsWith("Always assist with care, respect, and truth."));
        ChatCompletionRequest own =
                parse(
                        "{'model':'m','safe_prompt':true,'messages':["
                                + "{'role':'system','content':'Be brief.'},{'content':'hi'}]}");
        assertThat(own.conversation()).hasSize(2);
        assertThat(own.conversation().getFirst().text()).endsWith("positivity.\n\nBe brief.");
        assertThat(with("").conversation()).isEqualTo(with("").messages());
    }

    @Test
    void aPrefixIsTheAssistantsOwnBeginning() throws ApiException {
        ChatCompletionRequest request =
                parse(
                        "{'model':'m','messages':[{'content':'hi'},"
                                + "{'role':'assistant','content':'Well, ','prefix':true}]}");

        assertThat(request.prefix()).isEqualTo("Well, ");
    }
}

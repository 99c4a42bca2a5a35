package tramontane.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/**
 * Who may speak after whom, in shorthand: s, u, a, t; A is an assistant with a call, p one with
 * prefix, e an empty one, o a result of another call, T a result without an id.
 */
class MessageOrderTest {
    private static String json(char kind) {
        return switch (kind) {
            case 's' -> "{'role':'system','content':'x'}";
            case 'u' -> "{'role':'user','content':'x'}";
            case 'a' -> "{'role':'assistant','content':'x'}";
            case 'e' -> "{'role':'assistant','content':''}";
            case 'c' -> "{'role':'assistant','content':[{'type':'text','text':''}]}";
            case 'l' -> "{'role':'assistant','content':[]}";
            case 'n' -> "{'role':'assistant','content':null}";
            case 'N' ->
                    "{'role':'assistant','content':null,'tool_calls':[{'id':'a','function':{'name':'f','arguments':{}}}]}";
            case 'p' -> "{'role':'assistant','content':'x','prefix':true}";
            case 'A' ->
                    "{'role':'assistant','tool_calls':[{'id':'a','function':{'name':'f','arguments':{}}}]}";
            case 'o' -> "{'role':'tool','content':'x','tool_call_id':'other'}";
            case 'T' -> "{'role':'tool','content':'x'}";
            default -> "{'role':'tool','content':'x','tool_call_id':'a'}";
        };
    }

    private static String outcome(String kinds) {
        StringBuilder messages = new StringBuilder();
        for (char kind : kinds.toCharArray()) {
            messages.append(messages.isEmpty() ? "" : ",").append(json(kind));
        }
        String body = "{'model':'m','messages':[" + messages + "]}";
        try {
            ChatCompletionRequest.parse(
                    JsonBody.parse(body.replace('\'', '"').getBytes(StandardCharsets.UTF_8)),
                    FieldSet.MISTRAL);
            return "ok";
        } catch (ApiException e) {
            assertThat(e.code().status()).isEqualTo(400);
            return e.code().code().orElse("-") + " " + e.getMessage();
        }
    }

    private static void check(String kinds, String expected) {
        assertThat(outcome(kinds)).as(kinds).startsWith(expected);
    }

    @Test
    void conversationsThatCanBeAnsweredPass() {
        for (String kinds :
                new String[] {
                    "u", "s", "su", "ssu", "uu", "uau", "usu", "uaau", "uAt", "uAtAt", "uAtu",
                    "uAtau", "up", "sup", "au", "uas", "uAts", "uasu", "uAtsu", "uass", "uAtsau",
                    "ueu", "ucu", "ulu", "uNt", "uNtau"
                }) {
            check(kinds, "ok");
        }
    }

    @Test
    void theLastMessageMustWaitForAnAnswer() {
        String last =
                "3230 Expected last role User or Tool (or Assistant with prefix True) for serving but got ";
        check("ua", last + "assistant");
        check("us", last + "system");
        check("uaus", last + "system");
        check("a", last + "assistant");
    }

    @Test
    void rolesFollowInOrder() {
        check("ut", "3230 Unexpected role 'tool' after role 'user'");
        check("uasst", "3230 Unexpected role 'tool' after role 'system'");
        check("uAst", "3230 Unexpected role 'tool' after role 'system'");
        check("t", "3230 Expected first role System or User but got tool");
        check("p", "3230 Expected first role System or User but got assistant");
        check("upu", "3230 prefix is only allowed on the last message, not on message 1");
    }

    @Test
    void everyCallIsAnsweredOnce() {
        check("uAu", "3230 Not the same number of function calls and responses");
        check("uAtt", "3230 Not the same number of function calls and responses");
        check("uAo", "3230 Unexpected tool call id other in tool results");
        check("uAT", "ok");
        check("uat", "3230 Not the same number of function calls and responses");
    }

    @Test
    void anAssistantSaysOrCallsSomething() {
        check("unu", "- Assistant message must have either content or tool_calls, but not none.");
    }
}

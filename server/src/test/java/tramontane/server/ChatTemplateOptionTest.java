package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/** What a chat template lacks is told at the start, and {@code --chat-template} gives another. */
class ChatTemplateOptionTest {
    private static final String BROKEN =
            "{% for m in messages %}\n{{ m.content | nope }}\n{{ other(m) }}\n{% endfor %}";

    @TempDir private Path folder;

    private Path model(String template) {
        Path file = folder.resolve("tiny.gguf");
        TinyModel.of(Architecture.LLAMA)
                .gguf()
                .put("tokenizer.chat_template", template)
                .write(file);
        return file;
    }

    private Path template(String text) throws IOException {
        return Files.writeString(folder.resolve("my.jinja"), text);
    }

    /**
     * Runs {@code chat}, which ends at once where its input does, and returns what it complains.
     */
    private static String complaint(Object... arguments) {
        StringWriter err = new StringWriter();
        CommandLine commands = Commands.of("chat").setErr(new PrintWriter(err));
        String[] words = new String[arguments.length + 1];
        words[0] = "chat";
        for (int i = 0; i < arguments.length; i++) {
            words[i + 1] = arguments[i].toString();
        }
        assertThat(commands.execute(words)).as(err.toString()).isEqualTo(1);
        return err.toString();
    }

    @Test
    void whatAModelsTemplateLacksIsToldByNameAndLineWhenItLoads() {
        assertThat(complaint("--model", model(BROKEN)))
                .contains("cannot use the chat template in " + folder)
                .contains("unknown filter 'nope' (line 2)")
                .contains("--chat-template FILE");
        assertThat(complaint("--model", model("a\n{% fetch 'x' %}")))
                .contains("unknown statement 'fetch'")
                .contains("line 2");
        assertThat(complaint("--model", model("{% if messages %}\n{{ other(1) }}{% endif %}")))
                .contains("no function named 'other'")
                .contains("line 2");
        assertThat(complaint("--model", model("{{ messages | length + 'x' }}")))
                .contains("unsupported operand types");
    }

    @Test
    void aTemplateThatIsGivenIsToldOfByItsFileBeforeAnyModelIsLookedFor() throws IOException {
        Path given = template(BROKEN);
        assertThat(complaint("--model", "no-such-model", "--chat-template", given))
                .contains("cannot use --chat-template " + given)
                .contains("unknown filter 'nope' (line 2)");
        assertThat(complaint("--chat-template", folder.resolve("absent.jinja")))
                .contains("there is no such file");
        Files.write(given, new byte[] {(byte) 0xFF, (byte) 0xFE});
        assertThat(complaint("--chat-template", given)).contains("not text in UTF-8");
    }

    @Test
    void whatOnlySomeConversationsNeedIsToldToThese() throws IOException, InterruptedException {
        String rare =
                "{% for m in messages %}{% if m.role == 'system' %}{{ m.content | nope }}"
                        + "{% else %}{{ m.content }}{% endif %}{% endfor %}";
        try (ServerUnderTest server = ServerUnderTest.withTemplate(rare, ServerUnderTest.LIMITS)) {
            String user = "{'role':'user','content':'hi'}";
            assertThat(
                            server.complete(
                                            "{'model':'tiny','messages':["
                                                    + user
                                                    + "],'max_tokens':3}")
                                    .statusCode())
                    .isEqualTo(200);
            HttpResponse<String> refused =
                    server.complete(
                            "{'model':'tiny','messages':[{'role':'system','content':'x'},"
                                    + user
                                    + "]}");
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(refused.body())
                    .contains("no filter named 'nope' (chat template, line 1)")
                    .contains("--chat-template")
                    .doesNotContain("messages");
        }
    }

    @Test
    void aTemplateThatIsGivenReplacesTheModels() throws IOException, InterruptedException {
        String tools = "{% if tools %}<tool_call>{{ tools | tojson }}{% endif %}";
        String text = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}";
        try (ServerUnderTest server = ServerUnderTest.givenTemplate(model(BROKEN), tools + text)) {
            assertThat(
                            server.complete(
                                            "{'model':'tiny','messages':[{'content':'hi'}],'max_tokens':3}")
                                    .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void withoutATemplateTextsAreCompletedOnly() throws IOException, InterruptedException {
        try (ServerUnderTest server = ServerUnderTest.withoutTemplate(model(BROKEN))) {
            assertThat(
                            server.complete(
                                            "{'model':'tiny','messages':[{'content':'hi'}],'max_tokens':3}")
                                    .statusCode())
                    .isBetween(400, 499);
        }
    }
}

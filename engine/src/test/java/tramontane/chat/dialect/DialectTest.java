package tramontane.chat.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tramontane.chat.ChatTemplate;
import tramontane.chat.Message;
import tramontane.chat.Role;
import tramontane.chat.TemplateCases;
import tramontane.chat.TemplateInput;
import tramontane.chat.Tool;
import tramontane.chat.ToolCall;
import tramontane.chat.jinja.Json;
import tramontane.token.Tokenizer;

/** The dialect that is found out from a template. */
class DialectTest {
    private static final Tokenizer TOKENIZER =
            ByteVocabulary.with(
                    "[TOOL_CALLS]", "[ARGS]", "[CALL_ID]", "[THINK]", "[/THINK]", "<|python_tag|>");

    /** The format, {@code one} if only one call is allowed, and the thinking, as words. */
    private static String shown(String source, Tokenizer tokenizer) {
        Dialect dialect = Dialect.of(source, ChatTemplate.compile(source), tokenizer);
        String form =
                switch (dialect.tools()) {
                    case ToolFormat.MistralList(Mark _, String space) -> "list" + space;
                    case ToolFormat.MistralNamed named ->
                            named.callId().isPresent() ? "named-id" : "named";
                    case ToolFormat.Tagged _ -> "tagged";
                    case ToolFormat.Bare _ -> "bare";
                };
        return (dialect.spelled().isPresent() ? "spelled-" : "")
                + form
                + (dialect.maxCalls() == 1 ? " one" : "")
                + dialect.thinking().map(each -> " " + each.begin().text()).orElse("");
    }

    @Test
    void realTemplatesHaveTheDialectOfTheirFamily() throws IOException, InterruptedException {
        Map<String, String> found = new TreeMap<>();
        for (Map<String, Object> entry : Json.objects(TemplateCases.read(), "templates")) {
            found.put(Json.string(entry, "name"), shown(Json.string(entry, "template"), TOKENIZER));
        }
        assertThat(found)
                .containsEntry("mistralai-Mistral-Nemo-Instruct-2407", "list")
                .containsEntry("Mistral-Small-3.2-24B-Instruct-2506", "named-id")
                .containsEntry("mistralai-Ministral-3-14B-Reasoning-2512", "named [THINK]")
                .containsEntry("Qwen-Qwen2.5-7B-Instruct", "tagged")
                .containsEntry("Qwen-Qwen3-0.6B", "tagged <think>")
                .containsEntry("Qwen-QwQ-32B", "tagged <think>")
                .containsEntry("NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use", "tagged")
                .containsEntry("meta-llama-Llama-3.1-8B-Instruct", "bare one")
                .containsEntry("meta-llama-Llama-3.2-3B-Instruct", "bare one")
                .containsEntry("GGUF_SmolLM2", "spelled-tagged")
                .containsEntry("microsoft-Phi-3.5-mini-instruct", "spelled-tagged")
                // Formats that are not supported: the template is not used for tools, they are
                // spelled.
                .containsEntry("Qwen3.5-4B", "spelled-tagged <think>")
                .containsEntry("openai-gpt-oss-120b", "spelled-tagged");
        assertThat(found).hasSizeGreaterThan(40);
    }

    @Test
    void whiteSpaceBeforeAListOfCallsIsTheTemplates() {
        String source =
                "{% for t in tools %}{{ t.function.description }}{% endfor %}{% for m in messages %}{{ m.content }}"
                        + "{% if m.tool_calls %}[TOOL_CALLS] [{% for c in m.tool_calls %}{{ c.function | tojson }}"
                        + "{% endfor %}]{% endif %}{% endfor %}";
        assertThat(shown(source, TOKENIZER)).isEqualTo("list ");
    }

    /**
     * The parser reads back the calls that a template writes, because a model writes them in the
     * same format.
     */
    @Test
    void callsOfATemplateAreParsedInAnAnswer() throws IOException, InterruptedException {
        int read = 0;
        for (Map<String, Object> entry : Json.objects(TemplateCases.read(), "templates")) {
            String source = Json.string(entry, "template");
            ChatTemplate template = ChatTemplate.compile(source);
            Dialect dialect = Dialect.of(source, template, TOKENIZER);
            String turns = turns(template, dialect);
            String answer = turns.substring(turns.lastIndexOf("the question"));
            assertThat(reads(dialect, answer)).as(Json.string(entry, "name") + answer).isTrue();
            read++;
        }
        assertThat(read).isGreaterThan(40);
    }

    private static String turns(ChatTemplate template, Dialect dialect) {
        Tool tool =
                new Tool("get_it", "Gets", Map.of("type", "object", "properties", Map.of()), false);
        ToolCall call = new ToolCall("abcdefgh1", "get_it", Map.of("key", List.of("value \"1\"")));
        List<Message> messages =
                List.of(
                        Message.text(Role.USER, "the question"),
                        Message.calling(List.of(call)),
                        Message.result(call, "result"));
        List<Tool> tools = List.of(tool);
        return template.render(
                        new TemplateInput(
                                dialect.spelled()
                                        .map(spelled -> spelled.write(messages, tools))
                                        .orElse(messages),
                                dialect.spelled().isPresent() ? List.of() : tools,
                                true,
                                "",
                                "",
                                Map.of(),
                                LocalDateTime.of(2000, 1, 1, 0, 0)))
                .text();
    }

    /** True if a part of the text is parsed as only the call. */
    private static boolean reads(Dialect dialect, String text) {
        CallReader reader = new CallReader(List.of("get_it"));
        String trigger = dialect.tools().triggers(List.of("get_it")).getFirst().text();
        int from = text.indexOf(trigger);
        for (int to = text.length(); from >= 0 && to > from; to--) {
            if (reader.read(dialect.tools(), text.substring(from, to))
                    .filter(
                            List.of(
                                            new AnswerPart.Call(
                                                    "get_it", "{\"key\": [\"value \\\"1\\\"\"]}"))
                                    ::equals)
                    .isPresent()) {
                return true;
            }
        }
        return false;
    }

    @Test
    void gemmaHasItsDocumentedFormat() {
        String source =
                "{% for m in messages %}<start_of_turn>{{ m.role }}\n{{ m.content }}<end_of_turn>\n{% endfor %}";
        assertThat(shown(source, ByteVocabulary.with("<start_of_turn>", "<end_of_turn>")))
                .isEqualTo("spelled-bare");
    }

    @Test
    void aMarkIsATokenOnlyIfTheVocabularyHasIt() {
        assertThat(Mark.of("[ARGS]", TOKENIZER).control()).hasValue(257);
        assertThat(Mark.of("<tool_call>", TOKENIZER).control()).isEmpty();
    }
}

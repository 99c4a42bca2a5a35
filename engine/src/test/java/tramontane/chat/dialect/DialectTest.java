package tramontane.chat.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tramontane.chat.ChatTemplate;
import tramontane.chat.TemplateCases;
import tramontane.chat.jinja.Json;
import tramontane.token.Tokenizer;

/** What a template tells of its model's dialect. */
class DialectTest {
    private static final Tokenizer TOKENIZER =
            ByteVocabulary.with(
                    "[TOOL_CALLS]", "[ARGS]", "[CALL_ID]", "[THINK]", "[/THINK]", "<|python_tag|>");

    /** {@code form, most calls, thinking} in one word each. */
    private static String shown(String source, Tokenizer tokenizer) {
        Dialect dialect = Dialect.of(source, ChatTemplate.compile(source), tokenizer);
        String form =
                switch (dialect.tools()) {
                    case ToolFormat.MistralList _ -> "list";
                    case ToolFormat.MistralNamed named ->
                            named.callId().isPresent() ? "named-id" : "named";
                    case ToolFormat.Tagged _ -> "tagged";
                    case ToolFormat.Bare _ -> "bare";
                };
        return (dialect.spelled().isPresent() ? "spelled-" : "")
                + form
                + (dialect.callsMax() == 1 ? " one" : "")
                + dialect.thinking().map(each -> " " + each.begin().text()).orElse("");
    }

    @Test
    void realTemplatesTellTheirFamily() throws IOException, InterruptedException {
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
                // Forms of other families: their templates are left alone, and tools are spelled.
                .containsEntry("Qwen3.5-4B", "spelled-tagged <think>")
                .containsEntry("openai-gpt-oss-120b", "spelled-tagged");
        assertThat(found).hasSizeGreaterThan(40);
    }

    @Test
    void gemmaSpeaksItsDocumentedForm() {
        String source =
                "{% for m in messages %}<start_of_turn>{{ m.role }}\n{{ m.content }}<end_of_turn>\n{% endfor %}";
        assertThat(shown(source, ByteVocabulary.with("<start_of_turn>", "<end_of_turn>")))
                .isEqualTo("spelled-bare");
    }

    @Test
    void aMarkIsATokenOnlyWhereTheVocabularyHasOne() {
        assertThat(Mark.of("[ARGS]", TOKENIZER).control()).hasValue(257);
        assertThat(Mark.of("<tool_call>", TOKENIZER).control()).isEmpty();
    }
}

package tramontane.backend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.FieldSet;
import tramontane.api.JsonBody;
import tramontane.api.ModelCard;
import tramontane.kernel.choice.KernelChoice;
import tramontane.sampling.SamplingParams;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/** A template that reasons by default, asked in the three ways prompt_mode knows. */
class ReasoningPromptTest {
    private static final String TEMPLATE =
            "{% if messages[0].role == 'system' %}{{ messages[0].content }}"
                    + "{% else %}think first between [THINK] and [/THINK] {% endif %}"
                    + "{{ messages[-1].content }}";

    @Test
    void nullTakesTheReasoningPromptAwayAndAbsentKeepsIt(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("thinker.gguf");
        TinyModel.of(Architecture.LLAMA)
                .gguf()
                .put("tokenizer.chat_template", TEMPLATE)
                .write(file);
        assertThat(Files.exists(file)).isTrue();
        Machine machine = new Machine(1, 1L << 30, () -> KernelChoice.of(""), () -> Instant.EPOCH);
        RunOptions options = new RunOptions(Optional.empty(), Optional.empty(), Optional.empty());
        try (ModelBackend backend =
                ModelBackend.load(
                        file, new ModelCard.Names("thinker", List.of()), options, machine)) {
            assertThat(backend.models().getFirst().abilities().reasoning()).isTrue();
            int absent = promptTokens(backend, "");
            assertThat(promptTokens(backend, ",\"prompt_mode\":\"reasoning\"")).isEqualTo(absent);
            assertThat(promptTokens(backend, ",\"prompt_mode\":null")).isLessThan(absent);
        }
    }

    private static int promptTokens(ModelBackend backend, String mode) throws Exception {
        String body =
                "{\"model\":\"thinker\",\"max_tokens\":0,\"messages\":[{\"content\":\"Hi\"}]"
                        + mode
                        + "}";
        ChatCompletionRequest request =
                ChatCompletionRequest.parse(JsonBody.parse(body.getBytes(UTF_8)), FieldSet.MISTRAL);
        ModelCard card = backend.models().getFirst();
        SamplingParams greedy = new SamplingParams(0, 1, 0, 0, 0);
        try (Completion completion = backend.start(card, request, greedy, Caller.LOCAL)) {
            while (true) {
                if (completion.poll(Duration.ofSeconds(1)).orElseThrow()
                        instanceof CompletionEvent.Done(var usage)) {
                    return usage.promptTokens();
                }
            }
        }
    }
}

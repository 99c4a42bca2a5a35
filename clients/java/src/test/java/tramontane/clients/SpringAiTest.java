package tramontane.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.mistralai.MistralAiChatModel;
import org.springframework.ai.mistralai.MistralAiChatOptions;
import org.springframework.ai.mistralai.api.MistralAiApi;

/**
 * Spring AI's Mistral model against the server that TRAMONTANE_URL names; its base URL has no /v1.
 */
class SpringAiTest {
    private static final String QUESTION =
            "Who is the best French painter? Answer in one short sentence.";

    private static final MistralAiChatModel MODEL =
            MistralAiChatModel.builder()
                    .mistralAiApi(
                            MistralAiApi.builder()
                                    .baseUrl(System.getenv("TRAMONTANE_URL"))
                                    .apiKey(System.getenv("TRAMONTANE_KEY"))
                                    .build())
                    .build();

    private static Prompt prompt(UnaryOperator<MistralAiChatOptions.Builder> settings) {
        MistralAiChatOptions.Builder greedy =
                MistralAiChatOptions.builder()
                        .model("mistral-small-latest")
                        .temperature(0.0)
                        .topP(1.0)
                        .maxTokens(40);
        return new Prompt(
                List.of(new SystemMessage("Be terse."), new UserMessage(QUESTION)),
                settings.apply(greedy).build());
    }

    private static String text(Prompt prompt) {
        return text(MODEL.call(prompt));
    }

    private static String text(ChatResponse response) {
        return Optional.ofNullable(generation(response).getOutput().getText()).orElse("");
    }

    private static Generation generation(ChatResponse response) {
        return Optional.ofNullable(response.getResult()).orElseThrow();
    }

    @Test
    void anAnswerIsTextWithCountsAndAReason() {
        ChatResponse response = MODEL.call(prompt(greedy -> greedy));
        assertThat(text(response)).isNotBlank();
        assertThat(generation(response).getMetadata().getFinishReason()).isIn("STOP", "LENGTH");
        assertThat(response.getMetadata().getUsage().getTotalTokens())
                .isEqualTo(
                        response.getMetadata().getUsage().getPromptTokens()
                                + response.getMetadata().getUsage().getCompletionTokens());
    }

    @Test
    void theStreamSaysWhatThePlainAnswerSays() {
        String streamed =
                MODEL.stream(prompt(greedy -> greedy))
                        .toStream()
                        .map(part -> text(part))
                        .collect(Collectors.joining());
        assertThat(streamed).isEqualTo(text(prompt(greedy -> greedy)));
    }

    @Test
    void theSameSeedGivesTheSameText() {
        Prompt sampled = prompt(greedy -> greedy.temperature(1.2).randomSeed(9));
        assertThat(text(sampled)).isEqualTo(text(sampled));
    }

    @Test
    void anErrorNamesWhatIsWrong() {
        assertThatThrownBy(() -> text(prompt(greedy -> greedy.model("nobody"))))
                .hasMessageContaining("Invalid model: nobody");
    }
}

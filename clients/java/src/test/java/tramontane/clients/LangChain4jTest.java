package tramontane.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.mistralai.MistralAiChatModel;
import dev.langchain4j.model.mistralai.MistralAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * LangChain4j's Mistral models against the server that TRAMONTANE_URL names; its base URL has the
 * /v1.
 */
class LangChain4jTest {
    private static final String BASE = System.getenv("TRAMONTANE_URL") + "/v1";
    private static final String KEY = System.getenv("TRAMONTANE_KEY");
    private static final String QUESTION =
            "Who is the best French painter? Answer in one short sentence.";

    private static MistralAiChatModel.MistralAiChatModelBuilder greedy() {
        return MistralAiChatModel.builder()
                .baseUrl(BASE)
                .apiKey(KEY)
                .modelName("mistral-small-latest")
                .temperature(0.0)
                .maxTokens(40)
                .maxRetries(0);
    }

    @Test
    void anAnswerIsTextWithCountsAndAReason() {
        ChatResponse response =
                greedy().build().chat(SystemMessage.from("Be terse."), UserMessage.from(QUESTION));
        assertThat(response.aiMessage().text()).isNotBlank();
        assertThat(response.finishReason()).isIn(FinishReason.STOP, FinishReason.LENGTH);
        assertThat(response.tokenUsage().totalTokenCount())
                .isEqualTo(
                        response.tokenUsage().inputTokenCount()
                                + response.tokenUsage().outputTokenCount());
    }

    @Test
    void aConversationGoesOn() {
        ChatResponse response =
                greedy().build()
                        .chat(
                                UserMessage.from("My name is Ada."),
                                AiMessage.from("Hello Ada."),
                                UserMessage.from("What is my name?"));
        assertThat(response.aiMessage().text()).isNotBlank();
    }

    @Test
    void theStreamSaysWhatThePlainAnswerSaysAndCompletes() {
        CompletableFuture<String> streamed = new CompletableFuture<>();
        StringBuilder parts = new StringBuilder();
        MistralAiStreamingChatModel.builder()
                .baseUrl(BASE)
                .apiKey(KEY)
                .modelName("mistral-small-latest")
                .temperature(0.0)
                .maxTokens(40)
                .build()
                .chat(
                        QUESTION,
                        new StreamingChatResponseHandler() {
                            @Override
                            public void onPartialResponse(String part) {
                                parts.append(part);
                            }

                            @Override
                            public void onCompleteResponse(ChatResponse whole) {
                                streamed.complete(whole.aiMessage().text());
                            }

                            @Override
                            public void onError(Throwable error) {
                                streamed.completeExceptionally(error);
                            }
                        });
        assertThat(streamed.join())
                .isEqualTo(parts.toString())
                .isEqualTo(greedy().build().chat(QUESTION));
    }

    @Test
    void theSameSeedGivesTheSameText() {
        MistralAiChatModel sampled = greedy().temperature(1.2).randomSeed(9).build();
        assertThat(sampled.chat(QUESTION)).isEqualTo(sampled.chat(QUESTION));
    }

    @Test
    void aStopSequenceEndsTheAnswer() {
        String whole = greedy().build().chat(QUESTION);
        String word = whole.split(" ")[3];
        String cut = greedy().stopSequences(List.of(word)).build().chat(QUESTION);
        assertThat(cut).isEqualTo(whole.substring(0, whole.indexOf(word)));
    }

    @Test
    void anErrorNamesWhatIsWrong() {
        assertThatThrownBy(() -> greedy().modelName("nobody").build().chat(QUESTION))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("Invalid model: nobody");
        assertThatThrownBy(() -> greedy().apiKey("wrong").build().chat(QUESTION))
                .isInstanceOf(AuthenticationException.class);
    }
}

package tramontane.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.agent.tool.ToolSpecifications;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.service.AiServices;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * LangChain4j's OpenAI models against the server that TRAMONTANE_URL names, which accepts OpenAI's
 * fields.
 */
class OpenAiModuleTest {
    private static final String BASE = System.getenv("TRAMONTANE_URL") + "/v1";
    private static final String KEY = System.getenv("TRAMONTANE_KEY");
    private static final String QUESTION =
            "Who is the best French painter? Answer in one short sentence.";
    private static final String WEATHER = "What is the weather in Paris?";

    private static OpenAiChatModel.OpenAiChatModelBuilder greedy() {
        return OpenAiChatModel.builder()
                .baseUrl(BASE)
                .apiKey(KEY)
                .modelName("mistral-small-latest")
                .temperature(0.0)
                .seed(1)
                .user("me")
                .store(false)
                .maxCompletionTokens(100)
                .maxRetries(0);
    }

    private static ChatResponse streamed(ChatRequest request) {
        CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
        OpenAiStreamingChatModel.builder()
                .baseUrl(BASE)
                .apiKey(KEY)
                .modelName("mistral-small-latest")
                .temperature(0.0)
                .seed(1)
                .maxCompletionTokens(100)
                .build()
                .chat(
                        request,
                        new StreamingChatResponseHandler() {
                            @Override
                            public void onPartialResponse(String part) {}

                            @Override
                            public void onCompleteResponse(ChatResponse response) {
                                whole.complete(response);
                            }

                            @Override
                            public void onError(Throwable error) {
                                whole.completeExceptionally(error);
                            }
                        });
        return whole.join();
    }

    /** Its streams ask for the usage with {@code stream_options}. */
    @Test
    void theStreamSaysWhatThePlainAnswerSays() {
        ChatRequest request =
                ChatRequest.builder()
                        .messages(SystemMessage.from("Be terse."), UserMessage.from(QUESTION))
                        .build();
        ChatResponse plain = greedy().build().chat(request);
        assertThat(plain.aiMessage().text()).isNotBlank();
        assertThat(plain.finishReason()).isIn(FinishReason.STOP, FinishReason.LENGTH);
        ChatResponse stream = streamed(request);
        assertThat(stream.aiMessage().text()).isEqualTo(plain.aiMessage().text());
        assertThat(stream.finishReason()).isEqualTo(plain.finishReason());
        assertThat(stream.tokenUsage().totalTokenCount())
                .isEqualTo(plain.tokenUsage().totalTokenCount());
    }

    /** Tells the weather. */
    static final class Weather {
        private final List<String> cities = new ArrayList<>();

        @Tool("Tells the weather in a city.")
        String weather(String city) {
            cities.add(city);
            return "It is sunny, 21 degrees.";
        }
    }

    interface Assistant {
        String chat(String question);
    }

    record Person(String name, int age) {}

    interface Extractor {
        Person person(String text);
    }

    private static ChatRequest forcedUntilAnswered(ChatRequest request) {
        boolean answered = request.messages().getLast() instanceof ToolExecutionResultMessage;
        ChatRequest.Builder next = ChatRequest.builder().messages(request.messages());
        return answered
                ? next.build()
                : next.toolSpecifications(request.toolSpecifications())
                        .toolChoice(ToolChoice.REQUIRED)
                        .build();
    }

    @Test
    void aServiceRunsItsToolsAndReturnsRecords() {
        Weather weather = new Weather();
        Assistant assistant =
                AiServices.builder(Assistant.class)
                        .chatModel(greedy().build())
                        .tools(weather)
                        .chatRequestTransformer(OpenAiModuleTest::forcedUntilAnswered)
                        .build();
        assertThat(assistant.chat(WEATHER)).isNotBlank();
        assertThat(weather.cities).isNotEmpty();

        Extractor extractor =
                AiServices.create(
                        Extractor.class,
                        greedy().supportedCapabilities(Capability.RESPONSE_FORMAT_JSON_SCHEMA)
                                .strictJsonSchema(true)
                                .build());
        assertThat(extractor.person("Ada is 36 years old.").name()).isNotBlank();
    }

    @Test
    void streamedCallsArriveWhole() {
        ChatRequest request =
                ChatRequest.builder()
                        .messages(UserMessage.from(WEATHER))
                        .toolSpecifications(
                                ToolSpecifications.toolSpecificationsFrom(Weather.class))
                        .toolChoice(ToolChoice.REQUIRED)
                        .build();
        List<Map.Entry<String, String>> plain = calls(greedy().build().chat(request));
        assertThat(plain).isNotEmpty();
        assertThat(calls(streamed(request))).isEqualTo(plain);
    }

    private static List<Map.Entry<String, String>> calls(ChatResponse response) {
        return response.aiMessage().toolExecutionRequests().stream()
                .map(call -> Map.entry(call.name(), call.arguments()))
                .toList();
    }

    @Test
    void errorsHaveTheirOwnClasses() {
        assertThatThrownBy(() -> greedy().logitBias(Map.of("5", 1)).build().chat(QUESTION))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("logit_bias is not supported");
        assertThatThrownBy(() -> greedy().apiKey("wrong").build().chat(QUESTION))
                .isInstanceOf(AuthenticationException.class)
                .hasMessageContaining("Unauthorized");
    }
}

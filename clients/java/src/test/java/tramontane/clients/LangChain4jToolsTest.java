package tramontane.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.mistralai.MistralAiChatModel;
import dev.langchain4j.model.mistralai.MistralAiStreamingChatModel;
import dev.langchain4j.service.AiServices;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** LangChain4j's services with tools and typed answers against the server TRAMONTANE_URL names. */
class LangChain4jToolsTest {
    private static final String BASE = System.getenv("TRAMONTANE_URL") + "/v1";
    private static final String KEY = System.getenv("TRAMONTANE_KEY");
    private static final String ONE_COLOUR = "\\{\\s*\"colour\":\\s*\"(red|blue)\"\\s*\\}";
    private static final String QUESTION = "Answer with whatever comes to your mind first.";

    /** What the tool was called with. */
    static final class Lamp {
        final List<String> calls = new ArrayList<>();

        @Tool("Sets the lamp")
        String set(@P("whether it shines") boolean on, @P("its colour") Colour colour) {
            calls.add(on + " " + colour);
            return "done";
        }
    }

    enum Colour {
        RED,
        BLUE
    }

    /** LangChain4j's schemas require only what says so. */
    record Person(
            @JsonProperty(required = true) String name,
            int age,
            @JsonProperty(required = true) Colour favourite,
            List<Boolean> answers) {}

    interface Assistant {
        String chat(String question);
    }

    interface Extractor {
        Person person(String text);
    }

    private static MistralAiChatModel.MistralAiChatModelBuilder hot(int seed) {
        return MistralAiChatModel.builder()
                .baseUrl(BASE)
                .apiKey(KEY)
                .modelName("mistral-small-latest")
                .temperature(1.4)
                .randomSeed(seed)
                .maxTokens(300)
                .maxRetries(0);
    }

    @Test
    void aServiceRunsItsToolsAndGoesOn() {
        for (int seed = 1; seed <= 3; seed++) {
            Lamp lamp = new Lamp();
            Assistant assistant =
                    AiServices.builder(Assistant.class)
                            .chatModel(hot(seed).build())
                            .tools(lamp)
                            // Forced to call first; once a result is there, it may answer.
                            .chatRequestTransformer(LangChain4jToolsTest::forcedUntilAnswered)
                            .build();
            assertThat(assistant.chat(QUESTION)).isNotNull();
            assertThat(lamp.calls)
                    .isNotEmpty()
                    .allMatch(call -> call.matches("(true|false) (RED|BLUE)"));
        }
    }

    private static ChatRequest forcedUntilAnswered(ChatRequest request) {
        ChatMessage last = request.messages().getLast();
        if (last instanceof ToolExecutionResultMessage) {
            return ChatRequest.builder().messages(request.messages()).build();
        }
        return ChatRequest.builder()
                .messages(request.messages())
                .toolSpecifications(request.toolSpecifications())
                .toolChoice(ToolChoice.REQUIRED)
                .build();
    }

    @Test
    void aServiceReturnsRecords() {
        for (int seed = 1; seed <= 3; seed++) {
            Extractor extractor =
                    AiServices.create(
                            Extractor.class,
                            hot(seed)
                                    .supportedCapabilities(Capability.RESPONSE_FORMAT_JSON_SCHEMA)
                                    .build());
            Person person = extractor.person("Ada is 36 and loves blue.");
            assertThat(person.name()).isNotNull();
            assertThat(person.favourite()).isIn(Colour.RED, Colour.BLUE);
        }
    }

    @Test
    void streamedCallsArriveWhole() {
        ToolSpecification tool =
                ToolSpecification.builder()
                        .name("set_lamp")
                        .parameters(
                                JsonObjectSchema.builder()
                                        .addEnumProperty("colour", List.of("red", "blue"))
                                        .required("colour")
                                        .additionalProperties(false)
                                        .build())
                        .build();
        ChatRequest request =
                ChatRequest.builder()
                        .messages(UserMessage.from(QUESTION))
                        .toolSpecifications(tool)
                        .toolChoice(ToolChoice.REQUIRED)
                        .build();
        CompletableFuture<AiMessage> streamed = new CompletableFuture<>();
        MistralAiStreamingChatModel.builder()
                .baseUrl(BASE)
                .apiKey(KEY)
                .modelName("mistral-small-latest")
                .temperature(0.0)
                .maxTokens(200)
                .build()
                .chat(
                        request,
                        new StreamingChatResponseHandler() {
                            @Override
                            public void onPartialResponse(String part) {}

                            @Override
                            public void onCompleteResponse(ChatResponse whole) {
                                streamed.complete(whole.aiMessage());
                            }

                            @Override
                            public void onError(Throwable error) {
                                streamed.completeExceptionally(error);
                            }
                        });
        AiMessage plain = hot(1).temperature(0.0).maxTokens(200).build().chat(request).aiMessage();
        assertThat(plain.toolExecutionRequests())
                .isNotEmpty()
                .allMatch(call -> call.arguments().matches(ONE_COLOUR));
        assertThat(streamed.join().toolExecutionRequests().stream().map(LangChain4jToolsTest::told))
                .containsExactlyElementsOf(
                        plain.toolExecutionRequests().stream()
                                .map(LangChain4jToolsTest::told)
                                .toList());
    }

    private static Map.Entry<String, String> told(ToolExecutionRequest call) {
        return Map.entry(call.name(), call.arguments());
    }
}

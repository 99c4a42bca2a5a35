package tramontane.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.openai.OpenAiChatModel;
import org.junit.jupiter.api.Test;

/** An image sent by LangChain4j's OpenAI module, on a server with --openai-fields. */
class OpenAiImageClients {
    @Test
    void anImageIsReadAndCounted() {
        OpenAiChatModel model =
                OpenAiChatModel.builder()
                        .baseUrl(System.getenv("TRAMONTANE_URL") + "/v1")
                        .apiKey(System.getenv("TRAMONTANE_KEY"))
                        .modelName("mistral-small-latest")
                        .maxCompletionTokens(12)
                        .maxRetries(0)
                        .build();
        TextContent text = TextContent.from("What is it?");
        int plain = model.chat(UserMessage.from(text)).tokenUsage().inputTokenCount();
        ImageContent image =
                ImageContent.from(ImageClients.RED, "image/png", ImageContent.DetailLevel.LOW);
        assertThat(model.chat(UserMessage.from(text, image)).tokenUsage().inputTokenCount())
                .isEqualTo(plain + ImageClients.TOKENS);
    }
}

package tramontane.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.model.mistralai.MistralAiChatModel;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.ai.mistralai.MistralAiChatOptions;
import org.springframework.ai.mistralai.api.MistralAiApi;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.util.MimeTypeUtils;

/**
 * Images sent by LangChain4j and Spring AI. They need a server whose model reads images, so
 * clients/run.sh asks for this class by its name.
 */
class ImageClients {
    private static final String URL = System.getenv("TRAMONTANE_URL");
    private static final String KEY = System.getenv("TRAMONTANE_KEY");
    private static final String MODEL = "mistral-small-latest";

    /**
     * 64 x 32 pixels are 3 x 2 cells of 28: 6 rows, a token between the two lines, and one at the
     * end.
     */
    static final int TOKENS = 8;

    static final String RED =
            "iVBORw0KGgoAAAANSUhEUgAAAEAAAAAgCAIAAAAt/+nTAAAANElEQVR42u3PQQkAAAgAsetfWjP4FAYrsKZeS0BAQEBAQEBAQEBAQEBAQEBAQEBAQEDgagEyw/hqT+fjVwAAAABJRU5ErkJggg==";

    @Test
    void langChain4jSendsAnImage() {
        MistralAiChatModel model =
                MistralAiChatModel.builder()
                        .baseUrl(URL + "/v1")
                        .apiKey(KEY)
                        .modelName(MODEL)
                        .maxTokens(12)
                        .maxRetries(0)
                        .build();
        int plain = tokens(model, List.of());
        assertThat(tokens(model, List.of(ImageContent.from(RED, "image/png"))))
                .isEqualTo(plain + TOKENS);
    }

    private static int tokens(MistralAiChatModel model, List<Content> images) {
        List<Content> content = new ArrayList<>(List.of(TextContent.from("What is it?")));
        content.addAll(images);
        return model.chat(dev.langchain4j.data.message.UserMessage.from(content))
                .tokenUsage()
                .inputTokenCount();
    }

    @Test
    void springAiSendsAnImage() {
        var model =
                org.springframework.ai.mistralai.MistralAiChatModel.builder()
                        .mistralAiApi(MistralAiApi.builder().baseUrl(URL).apiKey(KEY).build())
                        .build();
        int plain = tokens(model, List.of());
        Media image =
                new Media(
                        MimeTypeUtils.IMAGE_PNG,
                        new ByteArrayResource(Base64.getDecoder().decode(RED)));
        assertThat(tokens(model, List.of(image))).isEqualTo(plain + TOKENS);
    }

    private static int tokens(
            org.springframework.ai.mistralai.MistralAiChatModel model, List<Media> images) {
        UserMessage message = UserMessage.builder().text("What is it?").media(images).build();
        MistralAiChatOptions options =
                MistralAiChatOptions.builder().model(MODEL).maxTokens(12).build();
        return model.call(new Prompt(List.of(message), options))
                .getMetadata()
                .getUsage()
                .getPromptTokens();
    }
}

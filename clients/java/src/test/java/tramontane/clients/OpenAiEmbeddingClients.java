package tramontane.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The embedding model of LangChain4j's OpenAI module. It needs a server with an embedding model and
 * --openai-fields, so clients/run.sh asks for this class by its name.
 */
class OpenAiEmbeddingClients {
    @Test
    void langChain4jEmbedsTextsWithTheDimensionsThatWereAsked() {
        OpenAiEmbeddingModel model =
                OpenAiEmbeddingModel.builder()
                        .baseUrl(System.getenv("TRAMONTANE_URL") + "/v1")
                        .apiKey(System.getenv("TRAMONTANE_KEY"))
                        .modelName("mistral-embed")
                        .dimensions(128)
                        .maxRetries(0)
                        .build();
        List<Embedding> found =
                model.embedAll(EmbeddingClients.TEXTS.stream().map(TextSegment::from).toList())
                        .content();
        EmbeddingClients.checkMeaning(found.stream().map(Embedding::vector).toList(), 128);
        assertThat(model.embed(EmbeddingClients.TEXTS.get(1)).content()).isEqualTo(found.get(1));
    }
}

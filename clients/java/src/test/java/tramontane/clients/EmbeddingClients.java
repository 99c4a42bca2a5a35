package tramontane.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.mistralai.MistralAiEmbeddingModel;
import dev.langchain4j.store.embedding.CosineSimilarity;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.ai.mistralai.MistralAiEmbeddingModel.Builder;
import org.springframework.ai.mistralai.MistralAiEmbeddingOptions;
import org.springframework.ai.mistralai.api.MistralAiApi;

/**
 * The embedding models of LangChain4j and Spring AI. They need a server with an embedding model, so
 * clients/run.sh asks for this class by its name.
 */
class EmbeddingClients {
    private static final String URL = System.getenv("TRAMONTANE_URL");
    private static final String KEY = System.getenv("TRAMONTANE_KEY");
    private static final String MODEL = "mistral-embed";
    static final List<String> TEXTS =
            List.of(
                    "A dog runs through the garden.",
                    "A puppy is playing on the lawn.",
                    "Interest rates rose again this year.");

    @Test
    void langChain4jEmbedsTexts() {
        MistralAiEmbeddingModel model =
                MistralAiEmbeddingModel.builder()
                        .baseUrl(URL + "/v1")
                        .apiKey(KEY)
                        .modelName(MODEL)
                        .maxRetries(0)
                        .build();
        List<Embedding> found =
                model.embedAll(TEXTS.stream().map(TextSegment::from).toList()).content();
        checkMeaning(found.stream().map(Embedding::vector).toList(), 384);
        assertThat(model.embed(TEXTS.get(1)).content()).isEqualTo(found.get(1));
    }

    @Test
    void springAiEmbedsTexts() {
        var model =
                new Builder()
                        .mistralAiApi(MistralAiApi.builder().baseUrl(URL).apiKey(KEY).build())
                        .options(MistralAiEmbeddingOptions.builder().withModel(MODEL).build())
                        .build();
        checkMeaning(model.embed(TEXTS), 384);
    }

    static void checkMeaning(List<float[]> vectors, int dimension) {
        assertThat(vectors).hasSize(3).allMatch(vector -> vector.length == dimension);
        assertThat(cosine(vectors.get(0), vectors.get(1)))
                .isGreaterThan(cosine(vectors.get(0), vectors.get(2)) + 0.2);
    }

    private static double cosine(float[] a, float[] b) {
        return CosineSimilarity.between(Embedding.from(a), Embedding.from(b));
    }
}

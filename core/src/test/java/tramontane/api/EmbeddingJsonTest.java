package tramontane.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tramontane.api.EmbeddingRequest.Dtype;
import tramontane.api.EmbeddingRequest.Encoding;
import tramontane.api.EmbeddingRequest.Form;

class EmbeddingJsonTest {
    private static final float[] VECTOR = {
        2.041f, -2.556f, 0.418f, 0f, -0.453f, -0.216f, -2.02f, -0f, -0.865f, 3.323f, 0.226f,
        -0.353f, -0.281f, -0.668f, -1.055f, -0.391f
    };

    private static JsonNode embedding(Dtype dtype, Encoding encoding, Optional<Integer> dimension) {
        byte[] answer =
                JsonBody.write(
                        new EmbeddingJson(
                                        "id",
                                        "model",
                                        new Form(
                                                dimension.map(EmbeddingJsonTest::dimension),
                                                dtype,
                                                encoding))
                                .whole(
                                        new float[][] {VECTOR},
                                        new Usage(3, 0, 0, Optional.empty(), Optional.empty())));
        return JsonMapper.shared().readTree(answer).at("/data/0/embedding");
    }

    private static EmbeddingRequest.Dimension dimension(int elements) {
        return new EmbeddingRequest.Dimension(elements, "output_dimension");
    }

    private static JsonNode embedding(Dtype dtype) {
        return embedding(dtype, Encoding.FLOAT, Optional.empty());
    }

    @Test
    void binaryFormsAreThoseOfSentenceTransformers() {
        // quantize_embeddings of sentence-transformers 6.2.0 with precision ubinary and binary.
        assertThat(embedding(Dtype.UBINARY)).hasToString("[160,96]");
        assertThat(embedding(Dtype.BINARY)).hasToString("[32,-32]");
        assertThat(embedding(Dtype.BINARY, Encoding.BASE64, Optional.empty()).stringValue())
                .isEqualTo("IOA=");
    }

    @Test
    void integersAreScaledToTheLargestElement() {
        assertThat(embedding(Dtype.INT8))
                .hasToString("[78,-98,16,0,-17,-8,-77,0,-33,127,9,-13,-11,-26,-40,-15]");
        assertThat(embedding(Dtype.UINT8))
                .hasToString("[206,30,144,128,111,120,51,128,95,255,137,115,117,102,88,113]");
        assertThat(embedding(Dtype.INT8, Encoding.FLOAT, Optional.of(2))).hasToString("[101,-127]");
    }

    @Test
    void floatsAreReadBackWithTheSameBits() {
        JsonNode numbers = embedding(Dtype.FLOAT);
        for (int i = 0; i < VECTOR.length; i++) {
            assertThat(numbers.get(i).floatValue()).isEqualTo(VECTOR[i]);
        }
    }

    @Test
    void aVectorOfZerosStaysOne() {
        float[] zeros = new float[8];
        for (Dtype dtype : Dtype.values()) {
            byte[] answer =
                    JsonBody.write(
                            new EmbeddingJson(
                                            "id",
                                            "model",
                                            new Form(
                                                    Optional.of(dimension(8)),
                                                    dtype,
                                                    Encoding.FLOAT))
                                    .whole(
                                            new float[][] {zeros},
                                            new Usage(
                                                    1, 0, 0, Optional.empty(), Optional.empty())));
            assertThat(new String(answer, java.nio.charset.StandardCharsets.UTF_8))
                    .doesNotContain("NaN");
        }
    }
}

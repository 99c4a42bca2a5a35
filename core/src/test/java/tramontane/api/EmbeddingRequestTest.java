package tramontane.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a request for embeddings may hold, in Mistral's fields and in OpenAI's. */
class EmbeddingRequestTest {
    private static JsonNode json(String fields) {
        return JsonMapper.shared()
                .readTree(("{'model':'m','input':['a','b']" + fields + "}").replace('\'', '"'));
    }

    @Test
    void openAisFieldsAreReadAsMistralsWhereTheSwitchIsOn() throws ApiException {
        JsonNode sent = json(",'dimensions':3,'user':'u','encoding_format':'base64'");
        assertThat(EmbeddingRequest.parse(sent, FieldSet.WITH_OPENAI))
                .isEqualTo(
                        new EmbeddingRequest(
                                "m",
                                List.of("a", "b"),
                                new EmbeddingRequest.Form(
                                        Optional.of(
                                                new EmbeddingRequest.Dimension(3, "dimensions")),
                                        EmbeddingRequest.Dtype.FLOAT,
                                        EmbeddingRequest.Encoding.BASE64)));
        assertThat(sent.has("dimensions")).as("the body is not changed").isTrue();
        refused(",'dimensions':0", FieldSet.WITH_OPENAI, "dimensions");
        refused(
                ",'dimensions':3,'output_dimension':4",
                FieldSet.WITH_OPENAI,
                "dimensions and output_dimension are the same field, and differ");
    }

    @Test
    void withoutTheSwitchTheErrorNamesIt() {
        refused(
                ",'dimensions':3",
                FieldSet.MISTRAL,
                "dimensions is a field of OpenAI's API; use output_dimension, or serve with --openai-fields, or use a key made with keys create --openai-fields");
    }

    @Test
    void theDimensionKeepsTheNameItWasSentUnder() throws ApiException {
        assertThat(dimensionField(",'dimensions':3")).isEqualTo("dimensions");
        assertThat(dimensionField(",'output_dimension':3")).isEqualTo("output_dimension");
        assertThat(dimensionField("")).isEqualTo("output_dimension");
    }

    private static String dimensionField(String fields) throws ApiException {
        return EmbeddingRequest.parse(json(fields), FieldSet.WITH_OPENAI).form().dimensionField();
    }

    @Test
    void tokenIdsAreRefusedByName() {
        for (String ids : List.of("[1,2]", "[[1,2],[3]]", "[1.5]")) {
            for (FieldSet fields : FieldSet.values()) {
                assertThatExceptionOfType(ApiException.class)
                        .isThrownBy(() ->
                                EmbeddingRequest.parse(
                                        JsonMapper.shared()
                                                .readTree(
                                                        "{\"model\":\"m\",\"input\":" + ids + "}"),
                                        fields))
                        .withMessageContaining("input: lists of token ids are not accepted");
            }
        }
    }

    private static void refused(String fields, FieldSet accepted, String message) {
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> EmbeddingRequest.parse(json(fields), accepted))
                .satisfies(e -> assertThat(e.body().toString()).contains(message));
    }
}

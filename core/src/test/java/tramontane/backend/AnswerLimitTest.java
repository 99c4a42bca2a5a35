package tramontane.backend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tramontane.api.ApiException;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.FieldSet;
import tramontane.api.JsonBody;
import tramontane.api.ModelCard;
import tramontane.engine.FinishReason;

/** What an error says of a prompt that leaves no room for an answer. */
class AnswerLimitTest {
    private static final ModelCard CARD =
            new ModelCard(
                    "m",
                    0,
                    100,
                    List.of(),
                    0.7,
                    new ModelCard.Abilities(true, false, false),
                    Optional.empty());

    private static AnswerLimit limit(String fields, int promptTokens, int tools, int schema)
            throws ApiException {
        String json = "{'model':'m','messages':[{'content':'hi'}]" + fields + "}";
        return AnswerLimit.of(
                ChatCompletionRequest.parse(
                        JsonBody.parse(json.replace('\'', '"').getBytes(UTF_8)), FieldSet.MISTRAL),
                new int[promptTokens],
                CARD,
                () -> new PromptWriter.Additions(tools, schema));
    }

    private static void refused(
            String fields, int promptTokens, int tools, int schema, String message, String param) {
        assertThatThrownBy(() -> limit(fields, promptTokens, tools, schema))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> {
                            assertThat(e).hasMessage(message);
                            assertThat(e.body().get("param").stringValue()).isEqualTo(param);
                        });
    }

    @Test
    void onlyWhatWasSentIsNamed() {
        String end = ", too large for model with 100 maximum context length";
        refused("", 100, 0, 0, "Prompt contains 100 tokens" + end, "messages");
        refused(
                ",'max_tokens':7",
                94,
                0,
                0,
                "Prompt contains 94 tokens and max_tokens is 7" + end,
                "max_tokens");
        refused(
                ",'min_tokens':5",
                96,
                0,
                0,
                "Prompt contains 96 tokens and min_tokens is 5" + end,
                "min_tokens");
    }

    @Test
    void toolsAndSchemaAreToldApart() {
        String end = ", too large for model with 100 maximum context length";
        refused(
                "",
                200,
                90,
                0,
                "Prompt contains 200 tokens (90 of them the tools)" + end,
                "messages");
        refused(
                "",
                200,
                0,
                30,
                "Prompt contains 200 tokens (30 of them the schema of response_format)" + end,
                "messages");
        refused(
                "",
                200,
                90,
                30,
                "Prompt contains 200 tokens (90 of them the tools, 30 of them the schema of response_format)"
                        + end,
                "messages");
    }

    @Test
    void whatTheContextLeavesIsTheRoom() throws ApiException {
        assertThat(limit("", 60, 0, 0).maxTokens()).isEqualTo(40);
        assertThat(limit("", 60, 0, 0).reason()).isEqualTo(FinishReason.MODEL_LENGTH);
        assertThat(limit(",'max_tokens':40", 60, 0, 0).reason()).isEqualTo(FinishReason.LENGTH);
    }
}

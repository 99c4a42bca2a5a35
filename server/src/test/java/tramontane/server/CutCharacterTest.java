package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tramontane.testkit.RealModels;

/**
 * Limits that end in the middle of a character, with a model that spells emojis in three tokens.
 */
class CutCharacterTest {
    private static final String NAME = "smollm2-135m";
    private static final String ASK =
            "{'model':'tiny','temperature':0,'max_tokens':%d,'messages':[{'content':'Write ten emojis.'}%s]%s}";

    @Test
    void aCharacterThatALimitCutsIsLeftOut() throws IOException, InterruptedException {
        Optional<Path> model = RealModels.find(NAME);
        assumeTrue(model.isPresent(), NAME + ".gguf is not here: ./tramontane pull " + NAME);
        try (ServerUnderTest server = ServerUnderTest.withModel(model.get(), 512)) {
            String before = "";
            int cut = 0;
            for (int limit = 1; limit <= 12; limit++) {
                String text = Answers.both(server, ASK.formatted(limit, "", "")).getFirst().text();
                assertThat(text).doesNotContain("\uFFFD").startsWith(before);
                cut += text.equals(before) ? 1 : 0;
                before = text;
                String stopped = ASK.formatted(limit, "", ",'stop':['never written']");
                assertThat(Answers.both(server, stopped).getFirst().text()).isEqualTo(text);
                String prefix = ",{'role':'assistant','content':'Here: ','prefix':true}";
                assertThat(Answers.both(server, ASK.formatted(limit, prefix, "")).getFirst().text())
                        .doesNotContain("\uFFFD");
                checkScores(server, limit);
            }
            assertThat(cut).isPositive();
        }
    }

    /** Each token is told with its own bytes, also those of the character that is left out. */
    private static void checkScores(ServerUnderTest server, int limit)
            throws IOException, InterruptedException {
        JsonNode choice =
                ServerUnderTest.json(server.complete(ASK.formatted(limit, "", ",'logprobs':true")))
                        .at("/choices/0");
        StringBuilder bytes = new StringBuilder();
        choice.at("/logprobs/content")
                .forEach(token ->
                        token.get("bytes").forEach(each -> bytes.append((char) each.intValue())));
        String text = choice.at("/message/content").stringValue();
        byte[] told = bytes.toString().getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        byte[] shown = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        assertThat(Arrays.mismatch(told, shown)).isIn(-1, shown.length);
        assertThat(told.length - shown.length).isBetween(0, 3);
    }
}

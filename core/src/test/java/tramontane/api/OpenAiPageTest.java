package tramontane.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/OPENAI.md describes what the code does with OpenAI's fields: all of them. */
class OpenAiPageTest {
    private static final Path PAGE = Path.of("../docs/OPENAI.md");

    /**
     * The fields of OpenAI's own client for Python; the first lines of the file say how it was
     * made.
     */
    private static final Path CLIENT = Path.of("src/test/golden/openai/fields.txt");

    private static String row(OpenAiField field) {
        return "| `%s` | %s | %s |"
                .formatted(field.name(), field.treatment().word(), field.note())
                .replace("|  |", "| |");
    }

    @Test
    void thePageHasOneRowForEachField() throws IOException {
        List<String> rows =
                Files.readAllLines(PAGE).stream().filter(line -> line.startsWith("| `")).toList();
        assertThat(rows)
                .containsExactlyElementsOf(
                        Stream.of(
                                        OpenAiFields.BODY,
                                        OpenAiFields.MESSAGE,
                                        OpenAiFields.EMBEDDINGS,
                                        OpenAiFields.STREAM_OPTIONS)
                                .flatMap(List::stream)
                                .map(OpenAiPageTest::row)
                                .toList());
    }

    private static List<String> names(List<OpenAiField> fields) {
        return fields.stream().map(OpenAiField::name).toList();
    }

    private static List<String> ofClient(String kind) throws IOException {
        return Files.readAllLines(CLIENT).stream()
                .filter(line -> line.startsWith(kind + " "))
                .map(line -> line.substring(kind.length() + 1))
                .toList();
    }

    @Test
    void everyFieldOfOpenAisClientIsInATable() throws IOException {
        assertThat(ofClient("body")).hasSizeGreaterThan(30);
        assertThat(names(OpenAiFields.BODY)).containsAll(ofClient("body"));
        assertThat(names(OpenAiFields.MESSAGE)).containsAll(ofClient("message"));
        assertThat(names(OpenAiFields.EMBEDDINGS)).containsAll(ofClient("embeddings"));
        assertThat(ofClient("embeddings")).hasSize(5);
        assertThat(names(OpenAiFields.STREAM_OPTIONS)).containsAll(ofClient("stream_options"));
    }
}

package tramontane.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** docs/UPSTREAMS.md has the table of the code. */
class UpstreamPageTest {
    private static final Path PAGE = Path.of("../docs/UPSTREAMS.md");

    private static String row(FieldRule rule) {
        return "| `%s` | %s | %s |"
                .formatted(
                        rule.field(),
                        rule.treatments().stream()
                                .map(Treatment::word)
                                .collect(Collectors.joining(" | ")),
                        rule.remark())
                .replace("|  |", "| |");
    }

    @Test
    void thePageHasOneRowForEachFieldWithAColumnForEachEngine() throws IOException {
        List<String> lines = Files.readAllLines(PAGE);
        assertThat(
                        lines.stream()
                                .dropWhile(line -> !line.startsWith("| field |"))
                                .filter(line -> line.startsWith("| `")))
                .containsExactlyElementsOf(
                        UpstreamFields.table().stream().map(UpstreamPageTest::row).toList());
        assertThat(lines)
                .contains("| field | " + String.join(" | ", UpstreamKind.names()) + " | remarks |");
    }
}

package tramontane.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import tramontane.grammar.parser.GrammarCompiler;
import tramontane.testkit.RealModels;
import tramontane.token.Tokenizer;

/** A tenth of the real schemas that {@code ./tramontane bench grammar} is measured with. */
class RealSchemasTest {
    private static final int EVERY = 10;

    /** The names of those that are refused; {@code -Dgolden=update} writes them anew. */
    private static final Path REFUSED =
            Path.of(System.getProperty("basedir", "."), "src/test/golden/schema/refused.txt");

    @Test
    void noDocumentIsJudgedWronglyAndNoFurtherSchemaIsRefused() throws IOException {
        Optional<Path> schemas = RealModels.shared("json-schemas.jsonl.xz");
        Assumptions.assumeTrue(schemas.isPresent(), "the real schemas are not on this machine");
        Tokenizer tokenizer = JsonTokens.tokenizer();
        SchemaRun run = new SchemaRun(tokenizer, new GrammarCompiler(tokenizer));
        List<SchemaCase> cases = SchemaCase.read(schemas.get());
        List<String> refused = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        for (int i = 0; i < cases.size(); i += EVERY) {
            SchemaCase each = cases.get(i);
            switch (run.judge(each, SchemaRun.Clock.NONE)) {
                case SchemaRun.Outcome.Refused _ -> refused.add(each.name());
                case SchemaRun.Outcome.Failed(String reason) ->
                        wrong.add(each.name() + " failed: " + reason);
                case SchemaRun.Outcome.Judged(List<String> accepted, List<String> unread) -> {
                    accepted.forEach(text -> wrong.add(each.name() + " accepted " + text));
                    unread.forEach(text -> wrong.add(each.name() + " did not read " + text));
                }
            }
        }
        assertThat(wrong).isEmpty();
        if (System.getProperty("golden", "").equals("update")) {
            Files.write(REFUSED, refused);
        }
        assertThat(refused)
                .as("schemas refused; -Dgolden=update keeps fewer")
                .isEqualTo(Files.readAllLines(REFUSED));
    }
}

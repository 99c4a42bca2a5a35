package tramontane.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import tramontane.chat.jinja.Json;
import tramontane.grammar.parser.GrammarCompiler;

/**
 * Compares with the verdicts of Python's jsonschema, with the validator of each draft. The script
 * make.py beside the golden file made them.
 */
class DraftGoldenTest {
    private static final GrammarCompiler COMPILER = new GrammarCompiler(JsonTokenizer.create());

    @Test
    @SuppressWarnings("unchecked")
    void eachDraftIgnoresTheKeywordsOfLaterOnes() throws IOException {
        String golden = Files.readString(Path.of("src/test/golden/drafts/drafts.json"));
        List<String> wrong = new ArrayList<>();
        for (Object row : (List<Object>) Json.read(golden)) {
            Map<String, Object> each = (Map<String, Object>) row;
            Object schema = Objects.requireNonNull(each.get("schema"));
            if (documents(each, true).isEmpty()) {
                assertThatThrownBy(() -> JsonSchema.compile(schema))
                        .hasMessageContaining("no value satisfies it");
                continue;
            }
            Constraint start = COMPILER.reading(new Grammar.Json(schema(schema)));
            for (boolean valid : new boolean[] {true, false}) {
                for (Object document : documents(each, valid)) {
                    if (reads(start, document.toString()) != valid) {
                        wrong.add(schema + " and " + document + ": valid is " + valid);
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @SuppressWarnings("unchecked")
    private static List<Object> documents(Map<String, Object> row, boolean valid) {
        return (List<Object>) Objects.requireNonNull(row.get(valid ? "valid" : "invalid"));
    }

    private static JsonSchema schema(Object plain) {
        try {
            return JsonSchema.compile(plain);
        } catch (SchemaException e) {
            throw new AssertionError(plain + " is refused", e);
        }
    }

    /** The first 256 tokens of the vocabulary are the bytes. */
    private static boolean reads(Constraint start, String text) {
        Constraint at = start;
        for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
            if (!at.allows(each & 0xFF)) {
                return false;
            }
            at = at.after(each & 0xFF);
        }
        return at.mayEnd();
    }
}

package tramontane.grammar.parser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tramontane.chat.jinja.Json;
import tramontane.gguf.GgufFile;
import tramontane.grammar.Constraint;
import tramontane.grammar.Grammar;
import tramontane.grammar.JsonSchema;
import tramontane.grammar.SchemaException;
import tramontane.testkit.RealModels;
import tramontane.token.Tokenizer;

/**
 * A mask allows every token of an allowed document: documents that others wrote, split into tokens
 * as models write them, are accepted token by token. {@code src/test/golden/spelling} has the
 * documents and the script that made them.
 */
class SpellingTest {
    private static final Path SPELLINGS = Path.of("src/test/golden/spelling/spellings.jsonl");

    @ParameterizedTest
    @ValueSource(strings = {"qwen2.5-coder-0.5b", "smollm2-135m", "gemma3-270m"})
    void everyTokenOfAnAllowedDocumentIsAllowed(String model) throws IOException, SchemaException {
        Optional<Path> file = RealModels.find(model);
        assumeTrue(file.isPresent(), model + " is not here");
        check(file.get());
    }

    /** The second vocabulary starts each text with a space, as the first models of Mistral did. */
    @ParameterizedTest
    @ValueSource(strings = {"small-bpe", "small-spm"})
    void everyTokenOfAnAllowedDocumentIsAllowedInSmallVocabularies(
            String name, @TempDir Path directory) throws IOException, SchemaException {
        Path file = directory.resolve(name + ".gguf");
        Path packed = Path.of("src/test/golden/token", name + ".gguf.gz");
        try (InputStream in = new GZIPInputStream(Files.newInputStream(packed))) {
            Files.copy(in, file);
        }
        check(file);
    }

    private static void check(Path model) throws IOException, SchemaException {
        Tokenizer tokenizer;
        try (GgufFile gguf = GgufFile.open(model)) {
            tokenizer = Tokenizer.from(gguf.metadata());
        }
        GrammarCompiler compiler = new GrammarCompiler(tokenizer);
        Constraint anyObject = compiler.compile(new Grammar.Json(JsonSchema.anyObject()));
        for (String line : Files.readAllLines(SPELLINGS)) {
            Map<?, ?> entry = (Map<?, ?>) Json.plain(line);
            JsonSchema schema = JsonSchema.compile(Objects.requireNonNull(entry.get("schema")));
            Constraint start = compiler.compile(new Grammar.Json(schema));
            for (Object text : (List<?>) Objects.requireNonNull(entry.get("texts"))) {
                check(start, (String) text, tokenizer);
                if (((String) text).startsWith("{")) {
                    check(anyObject, (String) text, tokenizer);
                }
            }
        }
    }

    private static void check(Constraint start, String text, Tokenizer tokenizer) {
        int[] tokens = tokenizer.encode(text);
        Constraint at = start;
        for (int i = 0; i < tokens.length; i++) {
            String where = text + " at token " + i + ", " + tokenizer.text(tokens[i]);
            assertThat(at.mask().allows(tokens[i])).as("%s, in the mask", where).isTrue();
            assertThat(at.allows(tokens[i])).as("%s, allowed", where).isTrue();
            // Forced tokens are those that the model's tokenizer would write.
            int[] forced = at.forced(tokens.length);
            assertThat(forced)
                    .as("%s, forced", where)
                    .isEqualTo(
                            Arrays.copyOfRange(
                                    tokens, i, Math.min(tokens.length, i + forced.length)));
            at = at.after(tokens[i]);
        }
        assertThat(at.mayEnd()).as(text).isTrue();
    }
}

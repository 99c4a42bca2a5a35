package tramontane.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tramontane.api.PlainJson;
import tramontane.grammar.Constraint;
import tramontane.grammar.Grammar;
import tramontane.grammar.JsonSchema;
import tramontane.grammar.parser.GrammarCompiler;
import tramontane.token.Tokenizer;

/**
 * Whatever a model draws, a schema holds: answers are drawn token by token at random, ended when
 * the limit comes near, and judged by a validator that shares no line with us.
 */
class SchemaWalkTest {
    private static final Path VARIED =
            Path.of(System.getProperty("basedir", "."), "src/test/golden/schema/varied.jsonl");
    private static final int[] BUDGETS = {0, 1, 10, 50};
    private static final int SEEDS = 3;
    private static final JsonMapper STRICT =
            SchemaCase.MAPPER
                    .rebuild()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build();
    private static final SchemaRegistry VALIDATORS =
            SchemaRegistry.withDefaultDialect(
                    SpecificationVersion.DRAFT_2020_12,
                    builder ->
                            builder.schemaRegistryConfig(
                                    SchemaRegistryConfig.builder()
                                            .formatAssertionsEnabled(true)
                                            .build()));

    private final Tokenizer tokenizer = JsonTokens.tokenizer();
    private final GrammarCompiler compiler = new GrammarCompiler(tokenizer);

    @Test
    void anyDrawEndsWithinItsLimitInADocumentTheSchemaAllows() throws Exception {
        List<String> schemas = Files.readAllLines(VARIED);
        assertThat(schemas).hasSizeGreaterThan(60);
        for (String schema : schemas) {
            JsonNode json = SchemaCase.MAPPER.readTree(schema);
            Grammar grammar = new Grammar.Json(JsonSchema.compile(PlainJson.value(json)));
            Constraint reading = compiler.reading(grammar);
            Schema validator = VALIDATORS.getSchema(json);
            for (int budget : BUDGETS) {
                for (int seed = 0; seed < SEEDS; seed++) {
                    String at = schema + " budget " + budget + " seed " + seed;
                    Walk walk = new Walk(compiler.compile(grammar), reading, at);
                    String text = walk.draw(budget, new Random(seed));
                    JsonNode document = STRICT.readTree(text);
                    assertThat(validator.validate(document)).as("%s: %s", at, text).isEmpty();
                    assertThat(reads(reading, text)).as("%s: %s", at, text).isTrue();
                }
            }
        }
    }

    private boolean reads(Constraint reading, String text) {
        Constraint at = reading;
        for (int token : tokenizer.encode(text)) {
            if (!at.allows(token)) {
                return false;
            }
            at = at.after(token);
        }
        return at.mayEnd();
    }

    /** One answer as it is drawn, with everything a constraint promises checked on the way. */
    private final class Walk {
        private final Constraint reading;
        private final String name;
        private final ByteArrayOutputStream text = new ByteArrayOutputStream();
        private Constraint at;

        Walk(Constraint start, Constraint reading, String name) {
            at = start;
            this.reading = reading;
            this.name = name;
        }

        String draw(int budget, Random random) throws CharacterCodingException {
            int left = at.closing().length + budget;
            for (int step = 0; ; step++) {
                List<Integer> allowed = allowed();
                checkForced(allowed);
                int[] closing = at.closing();
                assertThat(closing.length).as(name).isLessThanOrEqualTo(left);
                if (step % 5 == 0) {
                    checkClosing(closing);
                }
                int token = allowed.get(random.nextInt(allowed.size()));
                if (token == JsonTokens.END || left == 0) {
                    assertThat(at.mayEnd()).as("%s may end at %s", name, text).isTrue();
                    return decoded(text.toByteArray());
                }
                Constraint next = at.after(token);
                if (1 + next.closing().length > left) {
                    if (closing.length == 0) {
                        assertThat(at.mayEnd()).as("%s may end at %s", name, text).isTrue();
                        return decoded(text.toByteArray());
                    }
                    token = closing[0];
                    next = at.after(token);
                }
                text.writeBytes(tokenizer.bytes(token));
                at = next;
                left--;
            }
        }

        private List<Integer> allowed() {
            var mask = at.mask();
            List<Integer> allowed =
                    IntStream.range(0, tokenizer.size()).filter(mask::allows).boxed().toList();
            assertThat(allowed).as("%s at %s", name, text).isNotEmpty();
            for (int token = 0; token < tokenizer.size(); token++) {
                assertThat(at.allows(token))
                        .as("%s at %s: token %d", name, text, token)
                        .isEqualTo(mask.allows(token));
            }
            assertThat(mask.allows(JsonTokens.END))
                    .as("%s at %s", name, text)
                    .isEqualTo(at.mayEnd());
            return allowed;
        }

        /** What is forced is allowed, and nothing that is allowed says anything else. */
        private void checkForced(List<Integer> allowed) {
            ByteArrayOutputStream forced = new ByteArrayOutputStream();
            Constraint ahead = at;
            for (int token : at.forced(8)) {
                assertThat(ahead.allows(token)).as("%s at %s forced", name, text).isTrue();
                ahead = ahead.after(token);
                forced.writeBytes(tokenizer.bytes(token));
            }
            byte[] only = forced.toByteArray();
            if (only.length > 0) {
                for (int token : allowed) {
                    byte[] bytes = tokenizer.bytes(token);
                    int both = Math.min(bytes.length, only.length);
                    assertThat(both).as("%s at %s forced", name, text).isPositive();
                    assertThat(Arrays.copyOf(bytes, both))
                            .as("%s at %s forced", name, text)
                            .isEqualTo(Arrays.copyOf(only, both));
                }
            }
        }

        /** The way to the end gets shorter with each of its tokens, and its text can be read. */
        private void checkClosing(int[] closing) throws CharacterCodingException {
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            whole.writeBytes(text.toByteArray());
            Constraint ahead = at;
            for (int i = 0; i < closing.length; i++) {
                assertThat(ahead.allows(closing[i])).as("%s at %s closing", name, text).isTrue();
                ahead = ahead.after(closing[i]);
                whole.writeBytes(tokenizer.bytes(closing[i]));
                assertThat(ahead.closing().length)
                        .as("%s at %s closing", name, text)
                        .isLessThan(closing.length - i);
            }
            assertThat(ahead.mayEnd()).as("%s at %s closing", name, text).isTrue();
            String closed = decoded(whole.toByteArray());
            assertThat(reads(reading, closed)).as("%s closed: %s", name, closed).isTrue();
        }

        /** Throws where the bytes are no UTF-8. */
        private static String decoded(byte[] bytes) throws CharacterCodingException {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        }
    }
}

package tramontane.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.tukaani.xz.XZInputStream;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tramontane.chat.JsonNull;
import tramontane.grammar.parser.GrammarCompiler;
import tramontane.token.Tokenizer;

/**
 * The official JSON Schema test suite (json-schema-org/JSON-Schema-Test-Suite, MIT licence), in
 * {@code src/test/golden/schema}. For each of its files, {@code suite.txt} holds how many documents
 * are judged correctly, how many belong to a refused schema, and how many are judged wrongly.
 * {@code -Dgolden=update} writes it again.
 */
class SchemaSuiteTest {
    private static final Path GOLDEN = Path.of("src/test/golden/schema");
    private static final Path GRADES = GOLDEN.resolve("suite.txt");
    private static final String DRAFT_7 = "http://json-schema.org/draft-07/schema#";

    private static final String DIGITS = "open sets of numbers stop at 40 digits before the point";

    /** Where this compiler differs from the suite on purpose: start of the group's name, reason. */
    private static final Map<String, String> DIFFERENT =
            Map.of(
                    "draft2020-12/format.json: ",
                    "formats are always enforced",
                    "draft2020-12/vocabulary.json: schema that uses custom metaschema with",
                    "all vocabularies are always enforced",
                    "draft2020-12/optional/bignum.json: ",
                    DIGITS,
                    "draft7/optional/bignum.json: ",
                    DIGITS,
                    "draft2020-12/optional/float-overflow.json: ",
                    DIGITS,
                    "draft7/optional/float-overflow.json: ",
                    DIGITS,
                    "draft7/optional/content.json: ",
                    "the content of strings is an annotation since draft 2019-09");

    /** Where fewer documents are accepted than the suite calls valid: part of the name, reason. */
    private static final Map<String, String> NARROWER =
            Map.of(
                    "/ecmascript-regex.json: ",
                    "lookbehind, named groups and control escapes are not supported",
                    "/hostname.json: validation of A-label",
                    "Punycode is not decoded, so A-labels are not accepted",
                    "/idn-hostname.json: ",
                    "each character counts as its longest Punycode form");

    private static final JsonMapper MAPPER =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(2000)
                                                    .build())
                                    .build())
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                    .build();

    private static final Tokenizer TOKENIZER = JsonTokenizer.create();
    private static final GrammarCompiler COMPILER = new GrammarCompiler(TOKENIZER);

    @Test
    void everyFileOfTheSuiteIsJudgedAsWellAsBefore() throws IOException {
        List<String> wrong = new ArrayList<>();
        List<String> grades = new ArrayList<>();
        readSuite().forEach((file, groups) -> grades.add(file + " " + grade(file, groups, wrong)));
        assertThat(wrong).isEmpty();
        if (System.getProperty("golden", "").equals("update")) {
            Files.write(GRADES, grades);
        }
        assertThat(grades).isEqualTo(Files.readAllLines(GRADES));
    }

    /** Judges the documents of one file: "correct refused wrong". */
    private static String grade(String file, JsonNode groups, List<String> wrong) {
        int correct = 0;
        int refused = 0;
        int incorrect = 0;
        for (JsonNode group : groups) {
            String name = file + ": " + group.get("description").stringValue();
            JsonNode documents = group.get("tests");
            Constraint start;
            try {
                JsonSchema schema = JsonSchema.compile(plain(group.get("schema")));
                start = COMPILER.reading(new Grammar.Json(schema));
            } catch (SchemaException e) {
                refused += documents.size();
                continue;
            }
            for (JsonNode document : documents) {
                boolean valid = document.get("valid").booleanValue();
                String text = MAPPER.writeValueAsString(document.get("data"));
                if (accepts(start, text) == valid) {
                    correct++;
                } else {
                    incorrect++;
                    if (!isExpected(name, valid)) {
                        wrong.add(name + (valid ? " did not accept " : " accepted ") + text);
                    }
                }
            }
        }
        return correct + " " + refused + " " + incorrect;
    }

    private static boolean isExpected(String name, boolean valid) {
        return DIFFERENT.keySet().stream().anyMatch(name::startsWith)
                || valid && NARROWER.keySet().stream().anyMatch(name::contains);
    }

    private static boolean accepts(Constraint start, String text) {
        Constraint at = start;
        for (int token : TOKENIZER.encode(text)) {
            if (!at.mask().allows(token)) {
                return false;
            }
            at = at.after(token);
        }
        return at.mayEnd();
    }

    /** A JSON value as the plain Java values that {@link JsonSchema#compile} takes. */
    private static Object plain(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> {
                Map<String, Object> map = new LinkedHashMap<>();
                node.properties().forEach(each -> map.put(each.getKey(), plain(each.getValue())));
                yield map;
            }
            case ARRAY -> node.valueStream().map(SchemaSuiteTest::plain).toList();
            case STRING -> node.stringValue();
            case BOOLEAN -> node.booleanValue();
            case NUMBER -> node.numberValue();
            case NULL, MISSING, BINARY, POJO -> JsonNull.NULL;
        };
    }

    /** Every test file by its path, such as draft7/ref.json. */
    private static Map<String, JsonNode> readSuite() throws IOException {
        Map<String, JsonNode> files = new TreeMap<>();
        Path archive = GOLDEN.resolve("json-schema-test-suite.tar.xz");
        try (InputStream in = new XZInputStream(Files.newInputStream(archive))) {
            byte[] header = in.readNBytes(512);
            while (header.length == 512 && header[0] != 0) {
                String name = field(header, 0, 100);
                int size = Integer.parseInt(field(header, 124, 12), 8);
                byte[] content = in.readNBytes(size);
                in.skipNBytes(-size & 511);
                if (name.contains("tests/") && name.endsWith(".json")) {
                    String path = name.substring(name.indexOf("tests/") + 6);
                    files.put(path, withDialect(path, MAPPER.readTree(content)));
                }
                header = in.readNBytes(512);
            }
        }
        return files;
    }

    /** A text field of a tar header. */
    private static String field(byte[] header, int from, int length) {
        String field = new String(header, from, length, StandardCharsets.US_ASCII);
        int end = field.indexOf('\0');
        return (end < 0 ? field : field.substring(0, end)).strip();
    }

    /** Schemas of draft 7 do not declare their draft: the directory does. */
    private static JsonNode withDialect(String path, JsonNode groups) {
        if (path.startsWith("draft7/")) {
            for (JsonNode group : groups) {
                if (group.get("schema") instanceof ObjectNode schema && !schema.has("$schema")) {
                    schema.put("$schema", DRAFT_7);
                }
            }
        }
        return groups;
    }
}

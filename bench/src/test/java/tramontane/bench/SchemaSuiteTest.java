package tramontane.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.tukaani.xz.XZInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.PlainJson;
import tramontane.grammar.GrammarCompiler;
import tramontane.testkit.RealModels;
import tramontane.token.Tokenizer;

/**
 * The official test suite of JSON Schema, graded: for each file, how many documents were judged
 * rightly, how many stand under a schema that was refused, and how many were judged wrongly. {@code
 * -Dgolden=update} writes the grades anew.
 */
class SchemaSuiteTest {
    private static final Path GRADES =
            Path.of(System.getProperty("basedir", "."), "src/test/golden/schema/suite.txt");
    private static final String DRAFT_7 = "http://json-schema.org/draft-07/schema#";

    private static final String DIGITS = "open sets of numbers stop at 40 digits before the point";

    /** What the suite wants and we do not do, by the beginning of its name. */
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

    /** The same for {@code format}, where less than the standard allows is taken. */
    private static final Map<String, String> NARROWER =
            Map.of(
                    "/ecmascript-regex.json: ",
                    "answers hold no lookbehind, named group or control escape",
                    "/hostname.json: validation of A-label",
                    "what Punycode stands for is not worked out, so it is not allowed",
                    "/idn-hostname.json: ",
                    "lengths are counted as if every character took the longest Punycode");

    private record Grade(int passed, int refused, int wrong) {
        @Override
        public String toString() {
            return passed + " " + refused + " " + wrong;
        }
    }

    @Test
    void everyFileOfTheSuiteIsJudgedAsWellAsBefore() throws IOException {
        Optional<Path> suite = RealModels.shared("json-schema-test-suite.tar.xz");
        Assumptions.assumeTrue(suite.isPresent(), "the official suite is not on this machine");
        Tokenizer tokenizer = JsonTokens.tokenizer();
        SchemaRun run = new SchemaRun(tokenizer, new GrammarCompiler(tokenizer));
        List<String> wrong = new ArrayList<>();
        List<String> grades = new ArrayList<>();
        read(suite.get())
                .forEach(
                        (name, groups) -> grades.add(name + " " + grade(name, groups, run, wrong)));
        assertThat(wrong).isEmpty();
        if (System.getProperty("golden", "").equals("update")) {
            Files.createDirectories(GRADES.getParent());
            Files.write(GRADES, grades);
        }
        assertThat(grades)
                .as(
                        "file, documents judged rightly, refused, wrong; -Dgolden=update keeps"
                                + " better ones")
                .isEqualTo(Files.readAllLines(GRADES));
    }

    private static Grade grade(String file, JsonNode groups, SchemaRun run, List<String> wrongs) {
        int passed = 0;
        int refused = 0;
        int wrong = 0;
        for (JsonNode group : groups) {
            List<SchemaCase.Document> documents = SchemaCase.documents(group.get("tests"));
            String name = file + ": " + group.get("description").stringValue();
            switch (run.judge(
                    new SchemaCase(name, PlainJson.value(group.get("schema")), documents),
                    SchemaRun.Clock.NONE)) {
                case SchemaRun.Outcome.Refused _ -> refused += documents.size();
                case SchemaRun.Outcome.Failed(String reason) ->
                        wrongs.add(name + " failed: " + reason);
                case SchemaRun.Outcome.Judged(List<String> accepted, List<String> unread) -> {
                    int faults = accepted.size() + unread.size();
                    passed += documents.size() - faults;
                    wrong += faults;
                    if (DIFFERENT.keySet().stream().noneMatch(name::startsWith)) {
                        accepted.forEach(text -> wrongs.add(name + " accepted " + text));
                        if (NARROWER.keySet().stream().noneMatch(name::contains)) {
                            unread.forEach(text -> wrongs.add(name + " did not read " + text));
                        }
                    }
                }
            }
        }
        return new Grade(passed, refused, wrong);
    }

    /** Every test file by its path, such as draft7/ref.json. */
    private static Map<String, JsonNode> read(Path suite) throws IOException {
        Map<String, JsonNode> files = new TreeMap<>();
        try (InputStream in = new XZInputStream(Files.newInputStream(suite))) {
            byte[] header = in.readNBytes(512);
            while (header.length == 512 && header[0] != 0) {
                String name = field(header, 0, 100);
                int size = Integer.parseInt(field(header, 124, 12), 8);
                byte[] content = in.readNBytes(size);
                in.skipNBytes(-size & 511);
                if (name.contains("tests/") && name.endsWith(".json")) {
                    String path = name.substring(name.indexOf("tests/") + 6);
                    files.put(path, inDialect(path, SchemaCase.MAPPER.readTree(content)));
                }
                header = in.readNBytes(512);
            }
        }
        return files;
    }

    private static String field(byte[] header, int from, int length) {
        String field = new String(header, from, length, StandardCharsets.US_ASCII);
        int end = field.indexOf('\0');
        return (end < 0 ? field : field.substring(0, end)).strip();
    }

    /** Schemas of draft 7 do not say which draft they are of: their directory does. */
    private static JsonNode inDialect(String path, JsonNode groups) {
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

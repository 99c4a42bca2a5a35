package tramontane.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.tukaani.xz.XZInputStream;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tramontane.api.PlainJson;

/**
 * A schema and documents that are known to be valid or invalid under it.
 *
 * @param schema as plain values
 */
record SchemaCase(String name, Object schema, List<Document> documents) {
    /**
     * @param text compact, with its keys in the order they were given
     */
    record Document(String text, boolean valid) {}

    static final JsonMapper MAPPER =
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

    /** Reads one case per line from plain or xz-compressed text. */
    static List<SchemaCase> read(Path file) throws IOException {
        List<SchemaCase> cases = new ArrayList<>();
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(file));
                InputStream in = file.toString().endsWith(".xz") ? new XZInputStream(raw) : raw) {
            String all = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            for (String line : all.split("\n")) {
                if (!line.isBlank()) {
                    cases.add(parse(MAPPER.readTree(line)));
                }
            }
        }
        return cases;
    }

    private static SchemaCase parse(JsonNode json) {
        return new SchemaCase(
                json.get("name").stringValue(),
                PlainJson.value(json.get("schema")),
                documents(json.get("tests")));
    }

    /** Reads a list of {@code {data, valid}}. */
    static List<Document> documents(JsonNode tests) {
        List<Document> documents = new ArrayList<>();
        for (JsonNode test : tests) {
            documents.add(
                    new Document(
                            MAPPER.writeValueAsString(test.get("data")),
                            test.get("valid").booleanValue()));
        }
        return documents;
    }
}

package tramontane.bench.quality;

import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Finds JSON in free text, as an application without constrained decoding would: prose and code
 * fences around it do not count, and trailing commas, comments, single quotes and line breaks in
 * strings are read.
 */
final class LenientJson {
    private static final JsonMapper LENIENT =
            JsonMapper.builder()
                    .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
                    .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
                    .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
                    .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
                    .build();

    private LenientJson() {}

    /** The first object or array in the text. */
    static Optional<JsonNode> first(String text) {
        for (int start = 0; start < text.length(); start++) {
            char c = text.charAt(start);
            if (c == '{' || c == '[') {
                try (JsonParser parser = LENIENT.createParser(text.substring(start))) {
                    return Optional.of(parser.readValueAsTree());
                } catch (JacksonException e) {
                    // No value starts here; the next bracket may start one.
                    continue;
                }
            }
        }
        return Optional.empty();
    }

    /** The whole text as strict JSON. */
    static Optional<JsonNode> whole(String text) {
        try {
            return Optional.of(JsonMapper.shared().readTree(text));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }
}

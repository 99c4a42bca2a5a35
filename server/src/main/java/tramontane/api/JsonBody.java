package tramontane.api;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The one place where bytes become JSON trees, with a bound on everything a tree can grow by. */
public final class JsonBody {
    private static final int MAX_DEPTH = 128;

    /**
     * A node costs some sixty bytes however short its text is, so nodes need a bound of their own.
     */
    private static final int MAX_TOKENS = 1_000_000;

    /** What the library's messages say of its own settings, types and sources. */
    private static final String ABOUT_THE_LIBRARY =
            "(, from|: enable|: not allowed as per) `[^`]*`| \\((bound as )?`[^`]*`\\)| \\(start marker at [^]]*]\\)";

    private static final JsonMapper MAPPER =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(MAX_DEPTH)
                                                    .maxTokenCount(MAX_TOKENS)
                                                    .maxStringLength(Integer.MAX_VALUE)
                                                    .maxNumberLength(1000)
                                                    .maxNameLength(10_000)
                                                    .build())
                                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                    .build())
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private JsonBody() {}

    /** Reads a whole body, which must be UTF-8 whatever its content type says. */
    public static JsonNode parse(byte[] body) throws ApiException {
        String text = decode(body);
        if (text.isBlank()) {
            throw invalid("missing", List.of("body"), "Field required", Map.of());
        }
        try {
            return MAPPER.readTree(text);
        } catch (JacksonException e) {
            // A bound that was crossed is reported without a place.
            long offset =
                    Optional.ofNullable(e.getLocation())
                            .map(TokenStreamLocation::getCharOffset)
                            .orElse(0L);
            throw invalid(
                    "json_invalid",
                    List.of("body", (int) Math.max(0, offset)),
                    "JSON decode error",
                    Map.of("error", reason(e)));
        }
    }

    /**
     * Reads JSON inside a string of the request, such as a tool call's arguments; nothing if it is
     * none.
     */
    static Optional<JsonNode> parseNested(String text) {
        try {
            return Optional.of(MAPPER.readTree(text));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    public static byte[] write(JsonNode node) {
        return MAPPER.writeValueAsBytes(node);
    }

    private static String decode(byte[] body) throws ApiException {
        try {
            String text =
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .onMalformedInput(CodingErrorAction.REPORT)
                            .decode(ByteBuffer.wrap(body))
                            .toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw invalid(
                    "json_invalid",
                    List.of("body"),
                    "JSON decode error",
                    Map.of("error", "the body is not valid UTF-8"));
        }
    }

    private static String reason(JacksonException e) {
        String message =
                Faults.wellFormed(String.valueOf(e.getOriginalMessage()))
                        .replaceAll(ABOUT_THE_LIBRARY, "");
        return message.length() <= 300 ? message : message.substring(0, 300) + "…";
    }

    private static ApiException invalid(
            String type, List<Object> loc, String msg, Map<String, Object> ctx) {
        return ApiException.invalid(List.of(new Fault(type, loc, msg, Optional.empty(), ctx)));
    }
}

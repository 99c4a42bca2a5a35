package tramontane.api;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Parses request bodies, with limits on size, depth, number of values and digits. */
public final class JsonBody {
    private static final int MAX_DEPTH = 128;

    /** Limits memory: a JSON node takes about sixty bytes however short its text is. */
    private static final int MAX_TOKENS = 1_000_000;

    /** Parts of Jackson's messages that name its settings, types and sources. */
    private static final String ABOUT_THE_LIBRARY =
            "(, from|: enable|: not allowed as per) `[^`]*`| \\((bound as )?`[^`]*`\\)| \\(start marker at [^]]*]\\)";

    /**
     * A word of the body, which may be of a prompt: errors are kept in the request log, and the
     * position says where it is.
     */
    private static final String WORD_OF_THE_BODY =
            "(?<=^Unrecognized token) '.*?'(?=: was expecting|$)";

    private static final JsonMapper MAPPER = mapper(MAX_TOKENS);

    private static final JsonMapper MAPPER_OF_BOUNDED = mapper(Long.MAX_VALUE);

    private static JsonMapper mapper(long maxTokens) {
        return JsonMapper.builder(
                        JsonFactory.builder()
                                .streamReadConstraints(
                                        StreamReadConstraints.builder()
                                                .maxNestingDepth(MAX_DEPTH)
                                                .maxTokenCount(maxTokens)
                                                .maxStringLength(Integer.MAX_VALUE)
                                                .maxNumberLength(1000)
                                                .maxNameLength(10_000)
                                                .build())
                                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                .build())
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build();
    }

    private JsonBody() {}

    /** Parses a body, which must be UTF-8 whatever its content type says. */
    public static JsonNode parse(byte[] body) throws ApiException {
        return parse(body, MAPPER);
    }

    /** As {@link #parse}, with any number of values: the caller has bounded the bytes. */
    public static JsonNode parseBounded(byte[] body) throws ApiException {
        return parse(body, MAPPER_OF_BOUNDED);
    }

    private static JsonNode parse(byte[] body, JsonMapper mapper) throws ApiException {
        String text = decode(body);
        if (text.isBlank()) {
            throw invalid("missing", List.of("body"), "Field required", Map.of());
        }
        try (JsonParser parser = mapper.createParser(text)) {
            return read(parser, mapper);
        }
    }

    private static JsonNode read(JsonParser parser, JsonMapper mapper) throws ApiException {
        try {
            return mapper.readValue(parser, JsonNode.class);
        } catch (JacksonException e) {
            // Jackson reports an exceeded limit without a location, so the parser's position is
            // used.
            TokenStreamLocation location =
                    Optional.ofNullable(e.getLocation()).orElseGet(parser::currentLocation);
            String field =
                    e instanceof StreamConstraintsException
                            ? " at " + PlainJson.shown(parser.streamReadContext().pathAsPointer())
                            : "";
            throw invalid(
                    "json_invalid",
                    List.of("body", (int) Math.max(0, location.getCharOffset())),
                    "JSON decode error",
                    Map.of("error", reason(e) + field));
        }
    }

    /**
     * Parses JSON inside a string of the request, such as the arguments of a tool call. Empty if
     * the text is not JSON; exceeding the limits of a body or the range of a double is a fault.
     */
    static Optional<JsonNode> parseNested(Value place, String text) {
        try {
            JsonNode node = MAPPER.readTree(text);
            return place.allFinite(node) ? Optional.of(node) : Optional.empty();
        } catch (StreamConstraintsException e) {
            place.fault("json_invalid", "JSON decode error", Map.of("error", reason(e)));
            return Optional.empty();
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
                        .replaceAll(ABOUT_THE_LIBRARY, "")
                        .replaceAll(WORD_OF_THE_BODY, "");
        return message.length() <= 300 ? message : message.substring(0, 300) + "…";
    }

    private static ApiException invalid(
            String type, List<Object> loc, String msg, Map<String, Object> ctx) {
        return ApiException.invalid(List.of(new Fault(type, loc, msg, Optional.empty(), ctx)));
    }
}

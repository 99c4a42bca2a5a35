package tramontane.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * A valid request for embeddings.
 *
 * @param input at least one text, none of them empty
 */
public record EmbeddingRequest(String model, List<String> input, Form form) {
    /** Texts of one request. */
    public static final int MAX_TEXTS = 2048;

    private static final String DIMENSION = "output_dimension";

    /**
     * The form of the vectors.
     *
     * @param dimension elements of each; empty for all that the model computes
     */
    public record Form(Optional<Dimension> dimension, Dtype dtype, Encoding encoding) {
        /** The field to name in an error about the dimension. */
        public String dimensionField() {
            return dimension.map(Dimension::field).orElse(DIMENSION);
        }
    }

    /**
     * A dimension that was asked for.
     *
     * @param field the name under which the client sent it
     */
    public record Dimension(int elements, String field) {}

    /** The type of an element. */
    public enum Dtype {
        FLOAT,
        INT8,
        UINT8,
        BINARY,
        UBINARY;

        /** Elements that one number of the answer holds. */
        public int elements() {
            return this == BINARY || this == UBINARY ? Byte.SIZE : 1;
        }
    }

    /** How the numbers of a vector are written. */
    public enum Encoding {
        /** As a JSON array of numbers, of whatever type. */
        FLOAT,
        /** As a string: the numbers' bytes, little-endian, in base64. */
        BASE64
    }

    public EmbeddingRequest {
        input = List.copyOf(input);
    }

    /**
     * Parses a request.
     *
     * @throws ApiException with every fault of the request
     */
    public static EmbeddingRequest parse(JsonNode json, FieldSet fields) throws ApiException {
        boolean openAi = fields == FieldSet.WITH_OPENAI;
        Faults faults = new Faults(openAi ? "" : OpenAiFields.SWITCH);
        Value sent = new Value(faults, List.of("body"), json);
        Optional<Fields> body = (openAi ? OpenAiTranslation.embeddings(sent) : sent).object();
        faults.throwIfAny();
        EmbeddingRequest request = read(body.orElseThrow(), faults.sentName(DIMENSION));
        faults.throwIfAny();
        return request;
    }

    private static EmbeddingRequest read(Fields body, String dimensionField) {
        EmbeddingRequest request =
                new EmbeddingRequest(
                        SharedFields.model(body),
                        body.required("input").map(EmbeddingRequest::texts).orElse(List.of()),
                        new Form(
                                body.nullable(DIMENSION)
                                        .flatMap(value -> value.integer(1, Integer.MAX_VALUE))
                                        .map(elements ->
                                                new Dimension(elements.intValue(), dimensionField)),
                                word(body, "output_dtype", Dtype.values()).orElse(Dtype.FLOAT),
                                word(body, "encoding_format", Encoding.values())
                                        .orElse(Encoding.FLOAT)));
        SharedFields.metadata(body);
        body.end();
        return request;
    }

    /** One text, or a list of texts. */
    private static List<String> texts(Value value) {
        if (value.node().isString()) {
            return text(value).map(List::of).orElse(List.of());
        }
        if (holdsTokenIds(value.node())) {
            value.notSupported(
                    "lists of token ids are not accepted, since each model has its own ids; send"
                            + " texts");
            return List.of();
        }
        Optional<List<Value>> items = value.list(MAX_TEXTS);
        if (items.isPresent() && items.get().isEmpty()) {
            value.fault(
                    "too_short",
                    "List should have at least 1 item after validation, not 0",
                    Map.of("min_length", 1));
        }
        List<String> texts = new ArrayList<>();
        for (Value item : items.orElse(List.of())) {
            text(item).ifPresent(texts::add);
        }
        return texts;
    }

    /** True for {@code [1, 2]} and {@code [[1, 2], [3]]}, which OpenAI's API accepts. */
    private static boolean holdsTokenIds(JsonNode node) {
        JsonNode first = node.path(0);
        return first.isNumber() || first.path(0).isNumber();
    }

    private static Optional<String> text(Value value) {
        Optional<String> text = value.string(Integer.MAX_VALUE);
        if (text.isPresent() && text.get().isEmpty()) {
            value.fault(
                    "string_too_short",
                    "String should have at least 1 character",
                    Map.of("min_length", 1));
        }
        return text;
    }

    /** One of an enum's constants, written in lower case. */
    private static <E extends Enum<E>> Optional<E> word(Fields body, String name, E[] constants) {
        List<String> words = new ArrayList<>();
        for (E constant : constants) {
            words.add(constant.name().toLowerCase(Locale.ROOT));
        }
        return body.optional(name)
                .flatMap(value -> value.oneOf(words))
                .map(word -> constants[words.indexOf(word)]);
    }
}

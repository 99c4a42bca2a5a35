package tramontane.api;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.util.RawValue;

/**
 * The answer to a request for embeddings.
 *
 * <p>docs/EMBEDDINGS.md defines the forms of a vector x of length 1:
 *
 * <pre>
 * int8     rint(127 x / max|x|), halves to even
 * uint8    int8 + 128
 * ubinary  bytes of 8 elements, the first in the highest bit; a bit is 1 for x > 0
 * binary   ubinary - 128
 * </pre>
 *
 * The binary forms are those of {@code quantize_embeddings} of sentence-transformers.
 */
public record EmbeddingJson(String id, String model, EmbeddingRequest.Form form) {
    /** The whole answer. */
    public ObjectNode whole(float[][] vectors, Usage usage) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        answer.put("id", id).put("object", "list");
        ArrayNode data = answer.putArray("data");
        for (int i = 0; i < vectors.length; i++) {
            ObjectNode item = data.addObject().put("object", "embedding");
            put(item, shortened(vectors[i]));
            item.put("index", i);
        }
        answer.put("model", model);
        answer.putObject("usage")
                .put("prompt_tokens", usage.promptTokens())
                .put("completion_tokens", 0)
                .put("total_tokens", usage.promptTokens());
        return answer;
    }

    /** The first elements as a vector of length 1. */
    private float[] shortened(float[] vector) {
        int dimension =
                form.dimension().map(EmbeddingRequest.Dimension::elements).orElse(vector.length);
        if (dimension == vector.length) {
            return vector;
        }
        float[] first = Arrays.copyOf(vector, dimension);
        double squares = 0;
        for (float x : first) {
            squares += (double) x * x;
        }
        double length = Math.sqrt(squares);
        for (int i = 0; length > 0 && i < dimension; i++) {
            first[i] = (float) (first[i] / length);
        }
        return first;
    }

    private void put(ObjectNode item, float[] vector) {
        switch (form.encoding()) {
            case FLOAT -> {
                String numbers =
                        form.dtype() == EmbeddingRequest.Dtype.FLOAT
                                ? Arrays.toString(vector)
                                : Arrays.toString(numbers(vector));
                // As text, because a node for each number would take five times the memory.
                item.putRawValue("embedding", new RawValue(numbers.replace(", ", ",")));
            }
            case BASE64 -> item.put("embedding", Base64.getEncoder().encodeToString(bytes(vector)));
        }
    }

    private byte[] bytes(float[] vector) {
        if (form.dtype() != EmbeddingRequest.Dtype.FLOAT) {
            int[] numbers = numbers(vector);
            byte[] bytes = new byte[numbers.length];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) numbers[i];
            }
            return bytes;
        }
        ByteBuffer bytes =
                ByteBuffer.allocate(Float.BYTES * vector.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float x : vector) {
            bytes.putFloat(x);
        }
        return bytes.array();
    }

    private int[] numbers(float[] vector) {
        return switch (form.dtype()) {
            case FLOAT -> throw new IllegalArgumentException("floats are no integers");
            case INT8 -> rounded(vector, 0);
            case UINT8 -> rounded(vector, 128);
            case BINARY -> packed(vector, -128);
            case UBINARY -> packed(vector, 0);
        };
    }

    private static int[] rounded(float[] vector, int offset) {
        float max = 0;
        for (float x : vector) {
            max = Math.max(max, Math.abs(x));
        }
        int[] numbers = new int[vector.length];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = offset + (max == 0 ? 0 : (int) Math.rint(127.0 * vector[i] / max));
        }
        return numbers;
    }

    private static int[] packed(float[] vector, int offset) {
        int[] numbers = new int[vector.length / Byte.SIZE];
        for (int i = 0; i < numbers.length; i++) {
            int bits = 0;
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                bits = bits << 1 | (vector[i * Byte.SIZE + bit] > 0 ? 1 : 0);
            }
            numbers[i] = bits + offset;
        }
        return numbers;
    }
}

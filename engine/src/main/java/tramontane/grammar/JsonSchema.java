package tramontane.grammar;

import java.util.Map;

/** A JSON Schema that can be enforced whole. */
public final class JsonSchema {
    private JsonSchema() {}

    /**
     * Reads a schema given as plain JSON values (Map, List, String, Number, Boolean, {@link
     * tramontane.chat.JsonNull}).
     *
     * @throws SchemaException with everything in it that cannot be enforced
     */
    public static JsonSchema compile(Object schema) throws SchemaException {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Any JSON object: what JSON mode promises. */
    public static JsonSchema anyObject() {
        try {
            return compile(Map.of("type", "object"));
        } catch (SchemaException e) {
            throw new IllegalStateException(e);
        }
    }
}

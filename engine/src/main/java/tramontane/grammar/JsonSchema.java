package tramontane.grammar;

import java.util.List;
import java.util.Map;
import tramontane.grammar.regex.TooComplexException;
import tramontane.grammar.schema.RefusedException;
import tramontane.grammar.schema.SchemaGraph;

/** A JSON Schema that can be enforced whole. */
public final class JsonSchema {
    private final SchemaGraph graph;

    private JsonSchema(SchemaGraph graph) {
        this.graph = graph;
    }

    /**
     * Reads a schema given as plain JSON values (Map, List, String, Number, Boolean, {@link
     * tramontane.chat.JsonNull}).
     *
     * @throws SchemaException with everything in it that cannot be enforced
     */
    public static JsonSchema compile(Object schema) throws SchemaException {
        SchemaGraph graph = SchemaGraph.of(schema);
        if (!graph.faults().isEmpty()) {
            throw new SchemaException(
                    graph.faults().stream()
                            .map(fault ->
                                    new SchemaException.Refusal(fault.pointer(), fault.reason()))
                            .toList());
        }
        try {
            new ShortestValues(graph).text(graph.root());
        } catch (IllegalStateException | RefusedException | TooComplexException e) {
            throw new SchemaException(
                    List.of(new SchemaException.Refusal("", String.valueOf(e.getMessage()))));
        }
        return new JsonSchema(graph);
    }

    /** Any JSON object: what JSON mode promises. */
    public static JsonSchema anyObject() {
        return new JsonSchema(SchemaGraph.of(Map.of("type", "object")));
    }

    SchemaGraph graph() {
        return graph;
    }
}

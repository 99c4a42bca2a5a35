package tramontane.grammar;

import java.util.List;
import java.util.Map;
import tramontane.grammar.regex.OverworkedException;
import tramontane.grammar.regex.TooComplexException;
import tramontane.grammar.regex.Work;
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
     * tramontane.chat.JsonNull}) that is the only one of its request.
     *
     * @throws SchemaException with everything in it that cannot be enforced
     */
    public static JsonSchema compile(Object schema) throws SchemaException {
        return compile(schema, Work.ofRequest());
    }

    /**
     * Reads one of several schemas of a request.
     *
     * @param work counts for all of them together; a schema that exceeds it is refused
     * @throws SchemaException with everything in it that cannot be enforced
     */
    public static JsonSchema compile(Object schema, Work work) throws SchemaException {
        try {
            SchemaGraph graph = work.counting(() -> SchemaGraph.of(schema));
            if (!graph.faults().isEmpty()) {
                throw new SchemaException(
                        graph.faults().stream()
                                .map(fault ->
                                        new SchemaException.Refusal(
                                                fault.pointer(), fault.reason()))
                                .toList());
            }
            work.counting(() -> new ShortestValues(graph).text(graph.root()));
            return new JsonSchema(graph);
        } catch (IllegalStateException
                | RefusedException
                | TooComplexException
                | OverworkedException e) {
            throw new SchemaException(
                    List.of(new SchemaException.Refusal("", String.valueOf(e.getMessage()))));
        }
    }

    /** Any JSON object: what JSON mode promises. */
    public static JsonSchema anyObject() {
        return new JsonSchema(SchemaGraph.of(Map.of("type", "object")));
    }

    SchemaGraph graph() {
        return graph;
    }
}

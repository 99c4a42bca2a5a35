package tramontane.grammar;

import java.util.List;
import java.util.Map;
import tramontane.grammar.automaton.TooComplexException;
import tramontane.grammar.automaton.WorkBudget;
import tramontane.grammar.automaton.WorkLimitException;
import tramontane.grammar.plan.ShortestValues;
import tramontane.grammar.schema.RefusedException;
import tramontane.grammar.schema.SchemaGraph;

/** A JSON Schema that can be enforced completely. */
public final class JsonSchema {
    private final SchemaGraph graph;

    private JsonSchema(SchemaGraph graph) {
        this.graph = graph;
    }

    /**
     * Compiles a schema given as plain JSON values (Map, List, String, Number, Boolean, {@link
     * tramontane.chat.JsonNull}) when it is the only one of its request.
     *
     * @throws SchemaException with every part of the schema that cannot be enforced
     */
    public static JsonSchema compile(Object schema) throws SchemaException {
        return compile(schema, WorkBudget.forRequest());
    }

    /**
     * Compiles one of several schemas of a request.
     *
     * @param work the budget that the schemas of the request share; a schema that exceeds it is
     *     refused
     * @throws SchemaException with every part of the schema that cannot be enforced
     */
    public static JsonSchema compile(Object schema, WorkBudget work) throws SchemaException {
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
                | WorkLimitException e) {
            throw new SchemaException(
                    List.of(new SchemaException.Refusal("", String.valueOf(e.getMessage()))));
        }
    }

    /** Any JSON object, as JSON mode promises. */
    public static JsonSchema anyObject() {
        return new JsonSchema(SchemaGraph.of(Map.of("type", "object")));
    }

    public SchemaGraph graph() {
        return graph;
    }
}

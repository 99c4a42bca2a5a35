package tramontane.grammar.plan;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import tramontane.chat.JsonNull;
import tramontane.grammar.lexer.JsonStrings;
import tramontane.grammar.lexer.Lexers;
import tramontane.grammar.lexer.StringPlan;
import tramontane.grammar.schema.NormalForms;
import tramontane.grammar.schema.SchemaGraph;
import tramontane.grammar.schema.Shape;

/** The parse plans of one schema. A shape's plan is made when the parser first needs it. */
public final class SchemaPlans {
    private final SchemaGraph graph;
    private final Lexers lexers;
    private final Map<Shape, ValuePlan> plans = new ConcurrentHashMap<>();
    private final ShortestValues shortest;

    public SchemaPlans(SchemaGraph graph, Lexers lexers) {
        this.graph = graph;
        this.lexers = lexers;
        this.shortest = new ShortestValues(graph);
    }

    public SchemaGraph graph() {
        return graph;
    }

    public Lexers lexers() {
        return lexers;
    }

    public ValuePlan value(Shape shape) {
        ValuePlan known = plans.get(shape);
        if (known != null) {
            return known;
        }
        NormalForms forms = graph.values(shape);
        ValuePlan plan =
                new ValuePlan(
                        forms.literals(),
                        lexers.numbers(forms.numbers()),
                        forms.strings().stream().map(form -> StringPlan.of(form, lexers)).toList(),
                        forms.arrays().stream().map(form -> ArrayPlan.of(form, this)).toList(),
                        forms.objects().stream().map(form -> new ObjectPlan(form, this)).toList());
        ValuePlan first = plans.putIfAbsent(shape, plan);
        return first == null ? plan : first;
    }

    /** The text of a short value of this shape. */
    public byte[] shortest(Shape shape) {
        return shortest.text(shape).getBytes(StandardCharsets.UTF_8);
    }

    /** Parses the text of a scalar. Each char of {@code spelled} is one byte of UTF-8. */
    public static Object scalar(String spelled) {
        return switch (spelled.charAt(0)) {
            case '"' -> JsonStrings.unescape(spelled.substring(1, spelled.length() - 1));
            case 't' -> true;
            case 'f' -> false;
            case 'n' -> JsonNull.NULL;
            default -> new BigDecimal(spelled);
        };
    }
}

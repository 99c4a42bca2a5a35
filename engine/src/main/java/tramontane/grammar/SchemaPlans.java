package tramontane.grammar;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import tramontane.chat.JsonNull;
import tramontane.grammar.schema.Forms;
import tramontane.grammar.schema.SchemaGraph;
import tramontane.grammar.schema.Shape;

/** How the values of one schema are read, made shape by shape when one is met. */
final class SchemaPlans {
    private final SchemaGraph graph;
    private final Lexers lexers;
    private final Map<Shape, ValuePlan> plans = new ConcurrentHashMap<>();
    private final ShortestValues shortest;

    SchemaPlans(SchemaGraph graph, Lexers lexers) {
        this.graph = graph;
        this.lexers = lexers;
        this.shortest = new ShortestValues(graph);
    }

    SchemaGraph graph() {
        return graph;
    }

    Lexers lexers() {
        return lexers;
    }

    ValuePlan value(Shape shape) {
        ValuePlan known = plans.get(shape);
        if (known != null) {
            return known;
        }
        Forms forms = graph.values(shape);
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

    /** A short text of a value of this shape. */
    byte[] shortest(Shape shape) {
        return shortest.text(shape).getBytes(StandardCharsets.UTF_8);
    }

    /** The scalar that a text, given a char for each byte, spells. */
    static Object scalar(String spelled) {
        return switch (spelled.charAt(0)) {
            case '"' -> JsonText.unescape(spelled.substring(1, spelled.length() - 1));
            case 't' -> true;
            case 'f' -> false;
            case 'n' -> JsonNull.NULL;
            default -> new BigDecimal(spelled);
        };
    }
}

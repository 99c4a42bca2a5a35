package tramontane.grammar.plan;

import java.util.List;
import tramontane.grammar.lexer.NumberLexer;
import tramontane.grammar.lexer.StringPlan;
import tramontane.grammar.schema.NormalForms;

/** Parse plan for the values of one shape, type by type. */
public record ValuePlan(
        NormalForms.Literals literals,
        NumberLexer numbers,
        List<StringPlan> strings,
        List<ArrayPlan> arrays,
        List<ObjectPlan> objects) {

    /** The first byte of every such value, or -1 if values differ in it. */
    public int onlyLabel() {
        int only = -2;
        only = joined(only, !strings.isEmpty(), '"');
        only = joined(only, !arrays.isEmpty(), '[');
        only = joined(only, !objects.isEmpty(), '{');
        only = joined(only, literals.hasNull(), 'n');
        only = joined(only, literals.hasTrue(), 't');
        only = joined(only, literals.hasFalse(), 'f');
        return numbers.texts().isEmpty() ? Math.max(only, -1) : -1;
    }

    private static int joined(int only, boolean present, int label) {
        if (!present) {
            return only;
        }
        return only == -2 ? label : -1;
    }
}

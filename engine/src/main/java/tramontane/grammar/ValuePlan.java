package tramontane.grammar;

import java.util.List;
import tramontane.grammar.schema.Forms;

/** How a value of one shape is read, type by type. */
record ValuePlan(
        Forms.Literals literals,
        NumberLexer numbers,
        List<StringPlan> strings,
        List<ArrayPlan> arrays,
        List<ObjectPlan> objects) {

    /** The byte every such value begins with, or -1. */
    int onlyLabel() {
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

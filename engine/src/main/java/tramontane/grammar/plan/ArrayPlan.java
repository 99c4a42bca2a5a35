package tramontane.grammar.plan;

import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.schema.ArrayForm;
import tramontane.grammar.schema.SchemaGraph;
import tramontane.grammar.schema.Shape;
import tramontane.grammar.schema.StringForm;

/**
 * Parse plan for the arrays of one {@link ArrayForm}.
 *
 * @param hasUnlimitedStrings see {@link #hasUnlimitedStrings(ArrayForm, SchemaGraph)}
 */
public record ArrayPlan(ArrayForm form, SchemaPlans plans, boolean hasUnlimitedStrings) {
    /** The plan of a form. */
    static ArrayPlan of(ArrayForm form, SchemaPlans plans) {
        return new ArrayPlan(form, plans, hasUnlimitedStrings(form, plans.graph()));
    }

    static boolean hasUnlimitedStrings(ArrayForm form, SchemaGraph graph) {
        return form.unique()
                && form.prefix().isEmpty()
                && form.contained().isEmpty()
                && graph.values(form.rest()).strings().stream()
                        .allMatch(ArrayPlan::hasUnlimitedStrings);
    }

    /**
     * True for strings that can always be made longer, and for strings of any characters with a
     * maximum length. Of the latter, only the strings of maximum length cannot be made different by
     * one more character.
     */
    private static boolean hasUnlimitedStrings(StringForm form) {
        return form.max() == Long.MAX_VALUE && form.language().isEndless()
                || form.max() > 0 && form.language().equals(Automaton.any());
    }

    /**
     * The item count to store in a parse state. It stops growing where a larger count makes no
     * difference, so that states stay equal.
     */
    public int counted(int count) {
        if (form.max() < Long.MAX_VALUE || !form.contained().isEmpty()) {
            return count;
        }
        return (int) Math.min(count, Math.max(form.min(), form.prefix().size()));
    }

    /**
     * The shape of further items after {@code scalar} was used, given that they were of {@code
     * left}.
     */
    public Shape without(Shape left, Object scalar) {
        return hasUnlimitedStrings && scalar instanceof String
                ? left
                : plans.graph().without(left, scalar);
    }

    /** True when some item from {@code index} on can have the shape. */
    public boolean canStillHold(Shape shape, int index) {
        SchemaGraph graph = plans.graph();
        for (int i = index; i < Math.min(form.max(), form.prefix().size()); i++) {
            if (!graph.isEmpty(graph.and(form.prefix().get(i), shape))) {
                return true;
            }
        }
        return form.max() > Math.max(index, form.prefix().size())
                && !graph.isEmpty(graph.and(form.rest(), shape));
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}

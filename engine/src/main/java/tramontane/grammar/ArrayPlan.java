package tramontane.grammar;

import tramontane.grammar.regex.Automaton;
import tramontane.grammar.schema.ArrayForm;
import tramontane.grammar.schema.SchemaGraph;
import tramontane.grammar.schema.Shape;
import tramontane.grammar.schema.StringForm;

/** How arrays of one form are read. */
record ArrayPlan(ArrayForm form, SchemaPlans plans, boolean roomy) {
    /**
     * An array whose items must differ and may be strings of which there is always another needs
     * not know beforehand which are there already.
     */
    static ArrayPlan of(ArrayForm form, SchemaPlans plans) {
        return new ArrayPlan(form, plans, isRoomy(form, plans.graph()));
    }

    static boolean isRoomy(ArrayForm form, SchemaGraph graph) {
        return form.unique()
                && form.prefix().isEmpty()
                && form.contained().isEmpty()
                && graph.values(form.rest()).strings().stream().allMatch(ArrayPlan::isRoomy);
    }

    /**
     * Strings that can always be made longer, or that may hold anything: of the latter only those
     * that are as long as they may be have no other way on.
     */
    private static boolean isRoomy(StringForm form) {
        return form.most() == Long.MAX_VALUE && form.language().isEndless()
                || form.most() > 0 && form.language().equals(Automaton.any());
    }

    /** Counting goes no further than it matters. */
    int counted(int count) {
        if (form.most() < Long.MAX_VALUE || !form.contained().isEmpty()) {
            return count;
        }
        return (int) Math.min(count, Math.max(form.least(), form.prefix().size()));
    }

    /**
     * What items may be that may be {@code left}, once {@code scalar} is there, where they must
     * differ.
     */
    Shape without(Shape left, Object scalar) {
        return roomy && scalar instanceof String ? left : plans.graph().without(left, scalar);
    }

    /** Whether some item from place {@code index} on can be of the shape. */
    boolean canStillHold(Shape shape, int index) {
        SchemaGraph graph = plans.graph();
        for (int i = index; i < Math.min(form.most(), form.prefix().size()); i++) {
            if (!graph.isEmpty(graph.and(form.prefix().get(i), shape))) {
                return true;
            }
        }
        return form.most() > Math.max(index, form.prefix().size())
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

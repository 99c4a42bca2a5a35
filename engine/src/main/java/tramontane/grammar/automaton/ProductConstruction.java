package tramontane.grammar.automaton;

/**
 * The product construction for DFAs (Rabin and Scott, "Finite automata and their decision
 * problems", 1959): both automata run in parallel, and a truth table decides which pairs of states
 * accept.
 */
public final class ProductConstruction {
    private ProductConstruction() {}

    static StateTable and(StateTable a, StateTable b) {
        return product(a, b, 0b1000);
    }

    static StateTable or(StateTable a, StateTable b) {
        return product(a, b, 0b1110);
    }

    static StateTable minus(StateTable a, StateTable b) {
        return product(a, b, 0b0010);
    }

    /** The complement. Missing transitions lead to a new state that accepts everything. */
    public static StateTable complement(StateTable a) {
        StateTable.Rows rows = new StateTable.Rows(a.classes());
        for (int s = 0; s < a.states(); s++) {
            rows.add(!a.accepting().get(s));
        }
        int all = rows.add(true);
        rows.setAll(all, all);
        for (int s = 0; s < a.states(); s++) {
            for (int c = 0; c < a.classes().count(); c++) {
                int to = a.next(s, c);
                rows.set(s, c, to < 0 ? all : to);
            }
        }
        return rows.toTable();
    }

    /**
     * @param truth truth table of the operation: bit (2·inB + inA) is the result
     */
    private static StateTable product(StateTable a, StateTable b, int truth) {
        CharClasses.Refined refined = a.classes().refine(b.classes());
        StateTable.Rows rows = new StateTable.Rows(refined.classes());
        LongIds pairs = new LongIds();
        pairs.id(0);
        for (int s = 0; s < pairs.size(); s++) {
            int inA = (int) (pairs.key(s) >> 32);
            int inB = (int) pairs.key(s);
            rows.add((truth >> (2 * accepts(b, inB) + accepts(a, inA)) & 1) == 1);
            for (int c = 0; c < refined.classes().count(); c++) {
                int toA = inA < 0 ? -1 : a.next(inA, refined.first()[c]);
                int toB = inB < 0 ? -1 : b.next(inB, refined.second()[c]);
                if (toA < 0 && (truth & 0b0100) == 0 || toB < 0 && (truth & 0b0010) == 0) {
                    continue;
                }
                if (toA >= 0 || toB >= 0) {
                    rows.set(s, c, pairs.id((long) toA << 32 | toB & 0xFFFFFFFFL));
                }
            }
        }
        return rows.toTable();
    }

    private static int accepts(StateTable table, int state) {
        return state >= 0 && table.accepting().get(state) ? 1 : 0;
    }
}

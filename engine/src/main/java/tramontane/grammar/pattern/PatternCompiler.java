package tramontane.grammar.pattern;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.automaton.AutomatonLimits;
import tramontane.grammar.automaton.CharClasses;
import tramontane.grammar.automaton.CharSet;
import tramontane.grammar.automaton.Minimizer;
import tramontane.grammar.automaton.ProductConstruction;
import tramontane.grammar.automaton.StateTable;
import tramontane.grammar.automaton.TooComplexException;
import tramontane.grammar.automaton.WorkBudget;

/**
 * Compiles a pattern to the automaton of the texts in which it is found.
 *
 * <p>The bodies of look-arounds are compiled first. The automaton of a look-ahead then runs over
 * the rest of the text as an obligation of each thread that passed it. The automaton of a
 * look-behind runs over the whole text from its start as part of the context. All automata of one
 * pattern share their classes of code points.
 */
final class PatternCompiler {
    private static final int COUNTED_SHIFT = 12;

    private final Nfa nfa;
    private final CharClasses classes;
    private final int[][] members;
    private final Contexts contexts;
    private final Obligations obligations;

    /**
     * For each look-around that is a look-behind, its index among the look-behinds of the contexts.
     */
    private final int[] behinds;

    /** Registered look-aheads by look-around and context. */
    private final Map<Long, Integer> aheads = new HashMap<>();

    /**
     * Registered automata for the next code point: at index 0 it is a word character, at index 1 it
     * is not.
     */
    private final List<Integer> wordAhead = new ArrayList<>();

    private int steps;

    /** Steps charged to the work budget, in units of 4096. */
    private int counted;

    private PatternCompiler(PatternNode pattern) {
        nfa = new Nfa(pattern);
        WorkBudget.spend(nfa.size());
        List<CharSet> sets = new ArrayList<>(nfa.sets());
        if (nfa.hasWordEdges()) {
            sets.add(UnicodeSets.WORD);
        }
        classes = CharClasses.of(sets);
        members = new int[nfa.sets().size()][];
        for (int i = 0; i < members.length; i++) {
            members[i] = classes.members(nfa.sets().get(i));
        }
        obligations = new Obligations(classes.count());
        contexts = new Contexts(nfa.hasWordEdges() ? wordClasses() : new boolean[0]);
        behinds = new int[nfa.looks().size()];
        int followed = 0;
        for (int i = 0; i < behinds.length; i++) {
            if (!nfa.looks().get(i).ahead()) {
                int entry = nfa.looks().get(i).entry();
                contexts.follow(Determinizer.run(this, entry, contexts.empty(), true));
                behinds[i] = followed++;
            }
        }
    }

    static Automaton compile(PatternNode pattern) {
        PatternCompiler compiler = new PatternCompiler(pattern);
        int entry = compiler.nfa.entry();
        int context = compiler.contexts.empty();
        return Automaton.of(Determinizer.run(compiler, entry, context, false));
    }

    private boolean[] wordClasses() {
        boolean[] ofWords = new boolean[classes.count()];
        for (int c : classes.members(UnicodeSets.WORD)) {
            ofWords[c] = true;
        }
        for (boolean word : new boolean[] {true, false}) {
            StateTable.Rows rows = new StateTable.Rows(classes);
            int start = rows.add(!word);
            int all = rows.add(true);
            rows.setAll(all, all);
            for (int c = 0; c < ofWords.length; c++) {
                if (ofWords[c] == word) {
                    rows.set(start, c, all);
                }
            }
            wordAhead.add(obligations.register(rows.toTable()));
        }
        return ofWords;
    }

    /** Counts steps and stops at the limit. */
    void spend(int more) {
        steps += more;
        if (steps >>> COUNTED_SHIFT > counted) {
            WorkBudget.spend((steps >>> COUNTED_SHIFT) - counted << COUNTED_SHIFT);
            counted = steps >>> COUNTED_SHIFT;
        }
        if (steps > AutomatonLimits.MAX_STEPS) {
            throw new TooComplexException("needs too many steps to become deterministic");
        }
    }

    Nfa nfa() {
        return nfa;
    }

    CharClasses classes() {
        return classes;
    }

    int[] members(int set) {
        return members[set];
    }

    Contexts contexts() {
        return contexts;
    }

    Obligations obligations() {
        return obligations;
    }

    /** The obligations after a word boundary, or {@link Obligations#BROKEN}. */
    int afterWordEdge(int set, int context, boolean negated) {
        boolean wordFollows = contexts.isAfterWord(context) == negated;
        return obligations.with(set, wordAhead.get(wordFollows ? 0 : 1));
    }

    /** The obligations after a look-around, or {@link Obligations#BROKEN}. */
    int afterLook(int set, int context, int number) {
        Nfa.Look look = nfa.looks().get(number);
        if (!look.ahead()) {
            boolean found = contexts.isBehind(context, behinds[number]);
            return found != look.negated() ? set : Obligations.BROKEN;
        }
        int at = look.contextual() ? context : -1;
        long key = (long) number << 32 | at & 0xFFFFFFFFL;
        Integer known = aheads.get(key);
        if (known == null) {
            // A body that does not depend on context has the same automaton everywhere.
            StateTable body =
                    Minimizer.keepingClasses(Determinizer.run(this, look.entry(), context, false));
            if (look.negated()) {
                body = Minimizer.keepingClasses(ProductConstruction.complement(body));
            }
            known = obligations.register(body);
            aheads.put(key, known);
        }
        return obligations.with(set, known);
    }
}

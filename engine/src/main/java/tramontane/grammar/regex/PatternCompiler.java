package tramontane.grammar.regex;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes the automaton of the texts in which a pattern is found.
 *
 * <p>The bodies of looks are made into automata first. A look-ahead's then runs over the rest of
 * the text, beside the way through the pattern that passed it, as an obligation of that way; a
 * look-behind's runs over the whole text from its beginning, as part of the context. All automata
 * of one pattern share its classes of code points.
 */
final class PatternCompiler {
    private static final int COUNTED_SHIFT = 12;

    private final Nfa nfa;
    private final CharClasses classes;
    private final int[][] members;
    private final Contexts contexts;
    private final Obligations obligations;

    /** The number of a look-behind among the contexts' by that of the look. */
    private final int[] behinds;

    /** Registered look-aheads by number of the look and context. */
    private final Map<Long, Integer> aheads = new HashMap<>();

    /** What the code point that follows is: of a word or, at an odd place, not. */
    private final List<Integer> wordAhead = new ArrayList<>();

    private int steps;

    /** Steps that were counted as work, in units of 4096. */
    private int counted;

    private PatternCompiler(Node pattern) {
        nfa = new Nfa(pattern);
        Work.spend(nfa.size());
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

    static Automaton compile(Node pattern) {
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

    /** Counts work, and ends it where it is too much. */
    void spend(int more) {
        steps += more;
        if (steps >>> COUNTED_SHIFT > counted) {
            Work.spend((steps >>> COUNTED_SHIFT) - counted << COUNTED_SHIFT);
            counted = steps >>> COUNTED_SHIFT;
        }
        if (steps > Limits.STEPS) {
            throw new TooComplexException("takes too many steps to make deterministic");
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

    /** The obligations behind an edge of a word, or {@link Obligations#BROKEN}. */
    int afterWordEdge(int set, int context, boolean negated) {
        boolean wordFollows = contexts.isAfterWord(context) == negated;
        return obligations.with(set, wordAhead.get(wordFollows ? 0 : 1));
    }

    /** The obligations behind a look, or {@link Obligations#BROKEN}. */
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
            // A body without context is found the same way in every text.
            StateTable body =
                    Minimal.keepingClasses(Determinizer.run(this, look.entry(), context, false));
            if (look.negated()) {
                body = Minimal.keepingClasses(Products.complement(body));
            }
            known = obligations.register(body);
            aheads.put(key, known);
        }
        return obligations.with(set, known);
    }
}

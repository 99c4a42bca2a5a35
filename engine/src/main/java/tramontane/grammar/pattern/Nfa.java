package tramontane.grammar.pattern;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tramontane.grammar.automaton.AutomatonLimits;
import tramontane.grammar.automaton.CharSet;
import tramontane.grammar.automaton.TooComplexException;
import tramontane.grammar.automaton.WorkBudget;

/**
 * A pattern as a nondeterministic automaton with assertions; counted repetitions are expanded. It
 * is built from its end, as in Thompson's construction (1968): each part gets its continuation as
 * an argument, so alternatives share what follows them.
 *
 * <p>The bodies of look-arounds are separate automata in the same arrays, each with a match of its
 * own.
 */
final class Nfa {
    /** The kinds of nodes; the comments explain {@code data}. */
    enum Kind {
        /** Reads a code point of the set with index {@code data}. */
        CHARS,
        /** An epsilon transition to {@code next} and to {@code data}. */
        SPLIT,
        BEGIN,
        END,
        /** {@code data} is 1 if negated. */
        WORD_EDGE,
        /** {@code data} is the index of the look-around. */
        LOOK,
        /** The pattern was found; what follows does not matter. */
        MATCH
    }

    /**
     * @param contextual true when what the body accepts depends on the text before it
     */
    record Look(int entry, boolean ahead, boolean negated, boolean contextual) {}

    private final List<Look> looks = new ArrayList<>();
    private final Map<CharSet, Integer> setIds = new HashMap<>();
    private final List<CharSet> sets = new ArrayList<>();
    private final int match;
    private final int entry;
    private Kind[] kinds = new Kind[32];
    private int[] next = new int[32];
    private int[] data = new int[32];
    private int size;
    private boolean hasWordEdges;
    private boolean hasContext;
    private boolean behind;

    /** The automaton of the texts in which {@code pattern} is found. */
    Nfa(PatternNode pattern) {
        match = add(Kind.MATCH, -1, 0);
        int found = build(pattern, match);
        entry = startsAtBegin(pattern) ? found : anywhere(found);
    }

    private int anywhere(int body) {
        int split = add(Kind.SPLIT, -1, body);
        int step = add(Kind.CHARS, split, setId(CharSet.all()));
        next[split] = step;
        return split;
    }

    private static boolean startsAtBegin(PatternNode node) {
        return switch (node) {
            case PatternNode.Begin b -> true;
            case PatternNode.Sequence s -> startsAtBegin(s.parts());
            case PatternNode.Choice c -> c.options().stream().allMatch(Nfa::startsAtBegin);
            case PatternNode.Repeat r -> r.min() > 0 && startsAtBegin(r.part());
            case PatternNode.Chars c -> false;
            case PatternNode.Look l -> false;
            case PatternNode.End e -> false;
            case PatternNode.WordEdge w -> false;
        };
    }

    private static boolean startsAtBegin(List<PatternNode> parts) {
        for (PatternNode part : parts) {
            if (startsAtBegin(part)) {
                return true;
            }
            if (!(part instanceof PatternNode.Look) && !part.equals(PatternNode.EMPTY)) {
                return false;
            }
        }
        return false;
    }

    private int add(Kind kind, int nextNode, int dataOfKind) {
        if (size == AutomatonLimits.MAX_NODES) {
            throw new TooComplexException(
                    "has more than "
                            + AutomatonLimits.MAX_NODES
                            + " parts after its counts are expanded");
        }
        if (size == kinds.length) {
            kinds = Arrays.copyOf(kinds, size * 2);
            next = Arrays.copyOf(next, size * 2);
            data = Arrays.copyOf(data, size * 2);
        }
        kinds[size] = kind;
        next[size] = nextNode;
        data[size] = dataOfKind;
        return size++;
    }

    private int setId(CharSet set) {
        WorkBudget.spend(set.bounds().length);
        return setIds.computeIfAbsent(
                set,
                s -> {
                    sets.add(s);
                    return sets.size() - 1;
                });
    }

    private int build(PatternNode node, int then) {
        return switch (node) {
            case PatternNode.Chars c -> add(Kind.CHARS, then, setId(c.set()));
            case PatternNode.Sequence s -> {
                int at = then;
                for (PatternNode part : s.parts().reversed()) {
                    at = build(part, at);
                }
                yield at;
            }
            case PatternNode.Choice c -> choice(c.options(), then);
            case PatternNode.Repeat r -> repeat(r, then);
            case PatternNode.Begin b -> {
                hasContext = true;
                yield add(Kind.BEGIN, then, 0);
            }
            case PatternNode.End e -> inAhead(add(Kind.END, then, 0), "'$'");
            case PatternNode.WordEdge w -> {
                hasContext = true;
                hasWordEdges = true;
                yield inAhead(add(Kind.WORD_EDGE, then, w.negated() ? 1 : 0), "'\\b'");
            }
            case PatternNode.Look l -> look(l, then);
        };
    }

    /**
     * Refuses assertions about the following text inside a look-behind: its body ends where it
     * stands.
     */
    private int inAhead(int node, String what) {
        if (behind) {
            throw new PatternException(what + " within a look-behind is not supported");
        }
        return node;
    }

    private int choice(List<PatternNode> options, int then) {
        int at = -1;
        Set<Integer> entries = new LinkedHashSet<>();
        for (PatternNode option : options.reversed()) {
            int optionEntry = build(option, then);
            if (entries.add(optionEntry)) {
                at = at < 0 ? optionEntry : add(Kind.SPLIT, optionEntry, at);
            }
        }
        return at;
    }

    private int repeat(PatternNode.Repeat repeat, int then) {
        int at = then;
        int copies = repeat.min();
        if (repeat.max() == PatternNode.Repeat.UNBOUNDED) {
            int loop = add(Kind.SPLIT, -1, then);
            int body = build(repeat.part(), loop);
            next[loop] = body;
            at = copies > 0 ? body : loop;
            copies--;
        } else {
            for (int i = repeat.min(); i < repeat.max(); i++) {
                int body = build(repeat.part(), at);
                if (body == at) {
                    break;
                }
                at = add(Kind.SPLIT, body, then);
            }
        }
        for (int i = 0; i < copies; i++) {
            int body = build(repeat.part(), at);
            if (body == at) {
                break;
            }
            at = body;
        }
        return at;
    }

    private int look(PatternNode.Look look, int then) {
        if (look.ahead()) {
            inAhead(0, "a look-ahead");
        }
        boolean outerContext = hasContext;
        boolean outerBehind = behind;
        hasContext = false;
        behind = !look.ahead();
        int body = build(look.part(), match);
        if (!look.ahead() && !startsAtBegin(look.part())) {
            body = anywhere(body);
        }
        looks.add(new Look(body, look.ahead(), look.negated(), hasContext));
        behind = outerBehind;
        hasContext |= outerContext || !look.ahead();
        return add(Kind.LOOK, then, looks.size() - 1);
    }

    int entry() {
        return entry;
    }

    int size() {
        return size;
    }

    Kind kind(int node) {
        return kinds[node];
    }

    int next(int node) {
        return next[node];
    }

    int data(int node) {
        return data[node];
    }

    /** Inner look-arounds come before outer ones. */
    List<Look> looks() {
        return looks;
    }

    List<CharSet> sets() {
        return sets;
    }

    boolean hasWordEdges() {
        return hasWordEdges;
    }
}

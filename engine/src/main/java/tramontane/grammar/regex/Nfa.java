package tramontane.grammar.regex;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A pattern as a graph in which counted repetitions are written out. It is built from its end: each
 * part is told what follows, so alternatives share what comes after them.
 *
 * <p>The bodies of looks are graphs of their own within the same arrays, each with an end.
 */
final class Nfa {
    /** What a node does; the comment says what {@code data} is. */
    enum Kind {
        /** Takes a code point of set number {@code data}. */
        CHARS,
        /** Goes on at {@code next} and at {@code data}. */
        SPLIT,
        BEGIN,
        END,
        /** {@code data} is 1 if negated. */
        WORD_EDGE,
        /** {@code data} is the number of the look. */
        LOOK,
        /** All that must be found was; what follows does not matter. */
        MATCH
    }

    /**
     * @param contextual whether what the body accepts depends on the text before it
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

    /** The graph of texts in which {@code pattern} is found. */
    Nfa(Node pattern) {
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

    private static boolean startsAtBegin(Node node) {
        return switch (node) {
            case Node.Begin b -> true;
            case Node.Sequence s -> startsAtBegin(s.parts());
            case Node.Choice c -> c.options().stream().allMatch(Nfa::startsAtBegin);
            case Node.Repeat r -> r.least() > 0 && startsAtBegin(r.part());
            case Node.Chars c -> false;
            case Node.Look l -> false;
            case Node.End e -> false;
            case Node.WordEdge w -> false;
        };
    }

    private static boolean startsAtBegin(List<Node> parts) {
        for (Node part : parts) {
            if (startsAtBegin(part)) {
                return true;
            }
            if (!(part instanceof Node.Look) && !part.equals(Node.EMPTY)) {
                return false;
            }
        }
        return false;
    }

    private int add(Kind kind, int nextNode, int dataOfKind) {
        if (size == Limits.NODES) {
            throw new TooComplexException(
                    "has more than " + Limits.NODES + " parts with its counts written out");
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
        Work.spend(set.bounds().length);
        return setIds.computeIfAbsent(
                set,
                s -> {
                    sets.add(s);
                    return sets.size() - 1;
                });
    }

    private int build(Node node, int then) {
        return switch (node) {
            case Node.Chars c -> add(Kind.CHARS, then, setId(c.set()));
            case Node.Sequence s -> {
                int at = then;
                for (Node part : s.parts().reversed()) {
                    at = build(part, at);
                }
                yield at;
            }
            case Node.Choice c -> choice(c.options(), then);
            case Node.Repeat r -> repeat(r, then);
            case Node.Begin b -> {
                hasContext = true;
                yield add(Kind.BEGIN, then, 0);
            }
            case Node.End e -> inAhead(add(Kind.END, then, 0), "'$'");
            case Node.WordEdge w -> {
                hasContext = true;
                hasWordEdges = true;
                yield inAhead(add(Kind.WORD_EDGE, then, w.negated() ? 1 : 0), "'\\b'");
            }
            case Node.Look l -> look(l, then);
        };
    }

    /** What looks at the text that follows has no place in a body that ends where it stands. */
    private int inAhead(int node, String what) {
        if (behind) {
            throw new PatternException(what + " within a look-behind is not supported");
        }
        return node;
    }

    private int choice(List<Node> options, int then) {
        int at = -1;
        Set<Integer> entries = new LinkedHashSet<>();
        for (Node option : options.reversed()) {
            int optionEntry = build(option, then);
            if (entries.add(optionEntry)) {
                at = at < 0 ? optionEntry : add(Kind.SPLIT, optionEntry, at);
            }
        }
        return at;
    }

    private int repeat(Node.Repeat repeat, int then) {
        int at = then;
        int copies = repeat.least();
        if (repeat.most() == Node.Repeat.UNBOUNDED) {
            int loop = add(Kind.SPLIT, -1, then);
            int body = build(repeat.part(), loop);
            next[loop] = body;
            at = copies > 0 ? body : loop;
            copies--;
        } else {
            for (int i = repeat.least(); i < repeat.most(); i++) {
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

    private int look(Node.Look look, int then) {
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

    /** Inner looks come before those around them. */
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

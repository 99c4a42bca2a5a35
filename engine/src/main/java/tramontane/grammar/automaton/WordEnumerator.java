package tramontane.grammar.automaton;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Lists the strings of a finite language, if they are few and short. */
final class WordEnumerator {
    /**
     * Upper limit for the number of prefixes visited plus the characters of all strings. A string
     * has at most as many code points as the automaton has states, so a language that exceeds this
     * limit has at least about two hundred strings.
     */
    private static final long MAX_CHARS = 4_000_000;

    private final StateTable table;
    private final Lengths lengths;

    WordEnumerator(StateTable table, Lengths lengths) {
        this.table = table;
        this.lengths = lengths;
    }

    /**
     * A state and how it was reached: the last code point and the prefix before it. The empty
     * prefix has no prefix before it.
     */
    private record Prefix(int state, int length, int codePoint, Optional<Prefix> before) {
        String text() {
            int[] codePoints = new int[length];
            Prefix at = this;
            for (int i = length - 1; i >= 0; i--) {
                codePoints[i] = at.codePoint;
                at = at.before.orElseThrow();
            }
            return new String(codePoints, 0, length);
        }
    }

    Optional<List<String>> upTo(int limit) {
        List<String> words = new ArrayList<>();
        if (table.accepting().isEmpty()) {
            return Optional.of(words);
        }
        // Every prefix leads to a string, so the search stops as soon as there are too many.
        if (lengths.longest(0) == Long.MAX_VALUE) {
            return Optional.empty();
        }
        List<Prefix> stack = new ArrayList<>();
        stack.add(new Prefix(0, 0, 0, Optional.empty()));
        long visited = 0;
        while (!stack.isEmpty()) {
            Prefix prefix = stack.removeLast();
            visited += 1 + (table.accepting().get(prefix.state()) ? prefix.length() : 0);
            if (visited > MAX_CHARS) {
                return Optional.empty();
            }
            if (table.accepting().get(prefix.state())) {
                words.add(prefix.text());
            }
            if (!push(prefix, stack, limit - words.size()) || words.size() > limit) {
                return Optional.empty();
            }
        }
        WorkBudget.spend(visited);
        return Optional.of(words);
    }

    /** Pushes the successors in reverse order; false if there are more than {@code limit}. */
    private boolean push(Prefix prefix, List<Prefix> stack, int limit) {
        WorkBudget.spend(1);
        CharClasses classes = table.classes();
        for (int i = classes.intervals() - 1; i >= 0; i--) {
            int to = table.next(prefix.state(), classes.classOfInterval(i));
            if (to < 0) {
                continue;
            }
            for (int c = classes.end(i); c >= classes.start(i); c--) {
                if (c >= CharSet.SURROGATES && c < CharSet.AFTER_SURROGATES) {
                    continue;
                }
                stack.add(new Prefix(to, prefix.length() + 1, c, Optional.of(prefix)));
                if (stack.size() > limit) {
                    return false;
                }
            }
        }
        return true;
    }
}

package tramontane.grammar.regex;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Lists the strings of a finite language, if they are few and not very long. */
final class WordList {
    /**
     * Prefixes and characters of words that are looked at. Words have no more code points than an
     * automaton has states, so where this does not suffice there are some two hundred at least.
     */
    private static final long CHARS_MAX = 4_000_000;

    private final StateTable table;
    private final Lengths lengths;

    WordList(StateTable table, Lengths lengths) {
        this.table = table;
        this.lengths = lengths;
    }

    /**
     * A state and how it was reached: a code point behind another prefix, which the first lacks.
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
        // Every prefix goes on to a word, so the search stops as soon as there are too many.
        if (lengths.longest(0) == Long.MAX_VALUE) {
            return Optional.empty();
        }
        List<Prefix> stack = new ArrayList<>();
        stack.add(new Prefix(0, 0, 0, Optional.empty()));
        long visited = 0;
        while (!stack.isEmpty()) {
            Prefix prefix = stack.removeLast();
            visited += 1 + (table.accepting().get(prefix.state()) ? prefix.length() : 0);
            if (visited > CHARS_MAX) {
                return Optional.empty();
            }
            if (table.accepting().get(prefix.state())) {
                words.add(prefix.text());
            }
            if (!push(prefix, stack, limit - words.size()) || words.size() > limit) {
                return Optional.empty();
            }
        }
        Work.spend(visited);
        return Optional.of(words);
    }

    /** Puts what follows on the stack, last first; false if that is more than {@code limit}. */
    private boolean push(Prefix prefix, List<Prefix> stack, int limit) {
        Work.spend(1);
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

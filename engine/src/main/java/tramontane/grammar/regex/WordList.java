package tramontane.grammar.regex;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Lists the strings of a finite language. */
final class WordList {
    private final StateTable table;
    private final Lengths lengths;

    WordList(StateTable table, Lengths lengths) {
        this.table = table;
        this.lengths = lengths;
    }

    /** A state and what led there. */
    private record Prefix(int state, String text) {}

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
        stack.add(new Prefix(0, ""));
        while (!stack.isEmpty()) {
            Prefix prefix = stack.removeLast();
            if (table.accepting().get(prefix.state())) {
                words.add(prefix.text());
            }
            if (!push(prefix, stack, limit - words.size()) || words.size() > limit) {
                return Optional.empty();
            }
        }
        return Optional.of(words);
    }

    /** Puts what follows on the stack, last first; false if that is more than {@code limit}. */
    private boolean push(Prefix prefix, List<Prefix> stack, int limit) {
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
                stack.add(new Prefix(to, prefix.text() + Character.toString(c)));
                if (stack.size() > limit) {
                    return false;
                }
            }
        }
        return true;
    }
}

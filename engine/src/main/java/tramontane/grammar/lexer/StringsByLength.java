package tramontane.grammar.lexer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tramontane.grammar.automaton.Automaton;

/**
 * Enumerates the strings of a language, shortest first. Each is computed when it is first needed.
 */
public final class StringsByLength {
    private final List<String> known = new ArrayList<>();
    private Automaton left;

    public StringsByLength(Automaton language) {
        left = language;
    }

    /** The first string that is not in {@code used}; empty if there is none. */
    public synchronized Optional<String> firstExcept(Set<String> used) {
        for (int i = 0; ; i++) {
            if (i == known.size()) {
                if (left.isEmpty()) {
                    return Optional.empty();
                }
                String word = left.shortest(left.start());
                known.add(word);
                left = left.minus(Automaton.literal(word));
            }
            if (!used.contains(known.get(i))) {
                return Optional.of(known.get(i));
            }
        }
    }
}

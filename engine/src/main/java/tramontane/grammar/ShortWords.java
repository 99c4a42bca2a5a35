package tramontane.grammar;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tramontane.grammar.regex.Automaton;

/** The words of a language, shortest first, found one by one as they are asked for. */
final class ShortWords {
    private final List<String> known = new ArrayList<>();
    private Automaton left;

    ShortWords(Automaton language) {
        left = language;
    }

    /** The first word that is not taken, if there is one. */
    synchronized Optional<String> but(Set<String> taken) {
        for (int i = 0; ; i++) {
            if (i == known.size()) {
                if (left.isEmpty()) {
                    return Optional.empty();
                }
                String word = left.shortest(left.start());
                known.add(word);
                left = left.minus(Automaton.literal(word));
            }
            if (!taken.contains(known.get(i))) {
                return Optional.of(known.get(i));
            }
        }
    }
}

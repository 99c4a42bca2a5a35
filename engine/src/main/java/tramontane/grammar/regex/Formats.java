package tramontane.grammar.regex;

import java.util.Optional;

public final class Formats {
    public static Optional<Automaton> find(String n) {
        return Optional.empty();
    }
}

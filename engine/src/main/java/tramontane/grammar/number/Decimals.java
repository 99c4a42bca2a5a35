package tramontane.grammar.number;

import java.util.stream.IntStream;
import tramontane.grammar.automaton.CharClasses;
import tramontane.grammar.automaton.CharSet;

/** The characters of plain spellings, each in a class of its own. */
final class Decimals {
    static final CharClasses CLASSES =
            CharClasses.of(
                    IntStream.concat(IntStream.of('-', '.'), IntStream.rangeClosed('0', '9'))
                            .mapToObj(c -> CharSet.range(c, c))
                            .toList());

    private Decimals() {}

    static int classOf(char c) {
        return CLASSES.classOf(c);
    }

    static int digit(int digit) {
        return CLASSES.classOf('0' + digit);
    }
}

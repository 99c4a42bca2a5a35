package tramontane.grammar.regex;

import java.util.stream.IntStream;

/** The characters of plain spellings, each a class of its own. */
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

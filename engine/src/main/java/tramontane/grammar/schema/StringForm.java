package tramontane.grammar.schema;

import tramontane.grammar.regex.Automaton;

/**
 * Strings of a language with a number of code points.
 *
 * @param most {@link Long#MAX_VALUE} where there is no limit
 */
public record StringForm(Automaton language, int least, long most) {
    static final StringForm ANY = new StringForm(Automaton.any(), 0, Long.MAX_VALUE);

    StringForm and(StringForm other, Shapes shapes) {
        return new StringForm(
                shapes.and(language, other.language),
                Math.max(least, other.least),
                Math.min(most, other.most));
    }

    boolean isEmpty() {
        return least > most
                || language.isEmpty()
                || (least > 0 || most < Long.MAX_VALUE)
                        && !language.reaches(language.start(), least, most);
    }

    boolean matches(String text) {
        int length = text.codePointCount(0, text.length());
        return length >= least && length <= most && language.matches(text);
    }
}

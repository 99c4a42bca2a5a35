package tramontane.grammar.schema;

import tramontane.grammar.automaton.Automaton;

/**
 * A set of strings: those of a language with a bounded number of code points.
 *
 * @param min minimum number of code points
 * @param max maximum number of code points; {@link Long#MAX_VALUE} if unbounded
 */
public record StringForm(Automaton language, int min, long max) {
    static final StringForm ANY = new StringForm(Automaton.any(), 0, Long.MAX_VALUE);

    StringForm and(StringForm other, Shapes shapes) {
        return new StringForm(
                shapes.and(language, other.language),
                Math.max(min, other.min),
                Math.min(max, other.max));
    }

    boolean isEmpty() {
        return min > max
                || language.isEmpty()
                || (min > 0 || max < Long.MAX_VALUE)
                        && !language.reaches(language.start(), min, max);
    }

    boolean matches(String text) {
        int length = text.codePointCount(0, text.length());
        return length >= min && length <= max && language.matches(text);
    }
}

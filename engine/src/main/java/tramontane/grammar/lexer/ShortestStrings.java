package tramontane.grammar.lexer;

import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.schema.StringForm;

/** Finds shortest strings of an automaton that have a minimum number of code points. */
public final class ShortestStrings {
    private static final String EASY =
            "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ -_.";

    private ShortestStrings() {}

    public static String shortest(StringForm form) {
        Automaton language = form.language();
        return from(language, language.start(), form.min(), form.max());
    }

    /**
     * A short string with {@code min} to {@code max} code points that is accepted from {@code
     * state}.
     */
    public static String from(Automaton language, int state, int min, long max) {
        String shortest = language.accepts(state) && min <= 0 ? "" : language.shortest(state);
        if (shortest.codePointCount(0, shortest.length()) >= min) {
            return shortest;
        }
        StringBuilder text = new StringBuilder();
        int at = state;
        long remaining = max;
        for (int left = min; left > 0; left--) {
            remaining = remaining == Long.MAX_VALUE ? remaining : remaining - 1;
            int codePoint = towards(language, at, left - 1, remaining);
            text.appendCodePoint(codePoint);
            at = language.next(at, codePoint);
        }
        return text + from(language, at, 0, remaining);
    }

    /**
     * The string with index {@code number} in a sequence of different strings: first longer and
     * longer ones, up to the maximum length. Beyond that the strings differ in their last
     * character, which only works for the language of all strings.
     */
    public static String another(Automaton language, int state, int min, long max, int number) {
        long longer = (long) min + number;
        if (longer <= max) {
            return from(language, state, (int) longer, max);
        }
        if (max == 0) {
            return "";
        }
        int last = (int) max - 1;
        return from(language, state, last, last) + Character.toString('a' + (int) (longer - max));
    }

    private static int towards(Automaton language, int at, int min, long max) {
        for (int i = 0; i < EASY.length(); i++) {
            if (leads(language, at, EASY.charAt(i), min, max)) {
                return EASY.charAt(i);
            }
        }
        for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
            if (leads(language, at, codePoint, min, max)) {
                return codePoint;
            }
        }
        throw new IllegalStateException("a string cannot be completed");
    }

    private static boolean leads(Automaton language, int at, int codePoint, int min, long max) {
        int next = language.next(at, codePoint);
        return next >= 0 && language.reaches(next, min, max);
    }
}

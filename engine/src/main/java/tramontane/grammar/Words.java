package tramontane.grammar;

import tramontane.grammar.regex.Automaton;
import tramontane.grammar.schema.StringForm;

/** Short words of an automaton that have a least number of characters. */
final class Words {
    private static final String EASY =
            "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ -_.";

    private Words() {}

    static String shortest(StringForm form) {
        Automaton language = form.language();
        return from(language, language.start(), form.least(), form.most());
    }

    /** A way to the end from {@code state} with {@code least} to {@code most} code points. */
    static String from(Automaton language, int state, int least, long most) {
        String shortest = language.accepts(state) && least <= 0 ? "" : language.shortest(state);
        if (shortest.codePointCount(0, shortest.length()) >= least) {
            return shortest;
        }
        StringBuilder way = new StringBuilder();
        int at = state;
        long room = most;
        for (int left = least; left > 0; left--) {
            room = room == Long.MAX_VALUE ? room : room - 1;
            int codePoint = towards(language, at, left - 1, room);
            way.appendCodePoint(codePoint);
            at = language.next(at, codePoint);
        }
        return way + from(language, at, 0, room);
    }

    /**
     * Ways that differ more or less with their number: longer ones, up to the longest; then, which
     * only the language of all strings is asked for, those that end with another character.
     */
    static String another(Automaton language, int state, int least, long most, int number) {
        long longer = (long) least + number;
        if (longer <= most) {
            return from(language, state, (int) longer, most);
        }
        if (most == 0) {
            return "";
        }
        int last = (int) most - 1;
        return from(language, state, last, last) + Character.toString('a' + (int) (longer - most));
    }

    private static int towards(Automaton language, int at, int least, long most) {
        for (int i = 0; i < EASY.length(); i++) {
            if (leads(language, at, EASY.charAt(i), least, most)) {
                return EASY.charAt(i);
            }
        }
        for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
            if (leads(language, at, codePoint, least, most)) {
                return codePoint;
            }
        }
        throw new IllegalStateException("a string cannot be finished");
    }

    private static boolean leads(Automaton language, int at, int codePoint, int least, long most) {
        int next = language.next(at, codePoint);
        return next >= 0 && language.reaches(next, least, most);
    }
}

package tramontane.grammar;

import tramontane.grammar.schema.StringForm;

/**
 * How strings of one form are read.
 *
 * @param least code points, which the lexer does not count
 * @param most likewise
 */
record StringPlan(StringLexer lexer, int least, long most) {
    static StringPlan of(StringForm form, Lexers lexers) {
        return new StringPlan(lexers.strings(form.language()), form.least(), form.most());
    }

    boolean isCounted() {
        return least > 0 || most < Long.MAX_VALUE;
    }

    /** Whether, with {@code count} code points read, the string can still be finished. */
    boolean canFinish(int state, int count) {
        if (count > most) {
            return false;
        }
        int at = lexer.at(state);
        long room = most == Long.MAX_VALUE ? most : most - count;
        if (at < 0) {
            return room > 0;
        }
        return lexer.isFree() || lexer.language().reaches(at, Math.max(0, least - count), room);
    }
}

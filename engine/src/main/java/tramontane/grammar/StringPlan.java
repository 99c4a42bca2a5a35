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

    /** How many code points may still come after {@code count}. */
    long room(int count) {
        return most == Long.MAX_VALUE ? most : most - count;
    }

    /** How many code points must still come after {@code count}. */
    int missing(int count) {
        return Math.max(0, least - count);
    }

    /** Whether, with {@code count} code points read, the string can still be finished. */
    boolean canFinish(int state, int count) {
        if (count > most) {
            return false;
        }
        int at = lexer.at(state);
        if (at < 0) {
            return room(count) > 0 && (lexer.isFree() || canFinishCharacter(state, count + 1));
        }
        return lexer.isFree() || lexer.language().reaches(at, missing(count), room(count));
    }

    /** Whether some character that can become of the one begun leads to an end. */
    private boolean canFinishCharacter(int state, int count) {
        for (StringLexer.Range range : lexer.ranges(state)) {
            if (lexer.language()
                    .canTake(range.at(), range.low(), range.high(), missing(count), room(count))) {
                return true;
            }
        }
        return false;
    }
}

package tramontane.grammar.lexer;

import tramontane.grammar.schema.StringForm;

/**
 * A string lexer with bounds on the length of the string, which the lexer itself does not count.
 *
 * @param min minimum number of code points
 * @param max maximum number of code points; {@link Long#MAX_VALUE} if unbounded
 */
public record StringPlan(StringLexer lexer, int min, long max) {
    public static StringPlan of(StringForm form, Lexers lexers) {
        return new StringPlan(lexers.strings(form.language()), form.min(), form.max());
    }

    public boolean isCounted() {
        return min > 0 || max < Long.MAX_VALUE;
    }

    /** How many more code points are allowed after {@code count}. */
    public long remaining(int count) {
        return max == Long.MAX_VALUE ? max : max - count;
    }

    /** How many more code points are required after {@code count}. */
    public int missing(int count) {
        return Math.max(0, min - count);
    }

    /** True when the string can still be completed after {@code count} code points. */
    public boolean canFinish(int state, int count) {
        if (count > max) {
            return false;
        }
        int at = lexer.at(state);
        if (at < 0) {
            return remaining(count) > 0 && (lexer.isFree() || canFinishCharacter(state, count + 1));
        }
        return lexer.isFree() || lexer.language().reaches(at, missing(count), remaining(count));
    }

    /**
     * True when the partly read character can become one from which the string can be completed.
     */
    private boolean canFinishCharacter(int state, int count) {
        for (StringLexer.Range range : lexer.ranges(state)) {
            if (lexer.language()
                    .canTake(
                            range.at(),
                            range.low(),
                            range.high(),
                            missing(count),
                            remaining(count))) {
                return true;
            }
        }
        return false;
    }
}

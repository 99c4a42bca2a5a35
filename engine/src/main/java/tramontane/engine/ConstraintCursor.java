package tramontane.engine;

import java.util.Optional;
import tramontane.grammar.Constraint;
import tramontane.grammar.TokenMask;

/**
 * The position of a sequence in its constraint. A token is taken only if the remaining tokens of
 * the limit suffice to complete the text behind it, so every text can be completed.
 */
final class ConstraintCursor {
    private final EndTokens ends;
    private Constraint position;
    private boolean hitLimit;

    // The position behind the last token that was examined, which is usually the one taken.
    private int examinedToken = -1;
    private Constraint examined;

    private Optional<TokenMask> mask = Optional.empty();

    ConstraintCursor(Constraint start, EndTokens ends) {
        this.position = start;
        this.examined = start;
        this.ends = ends;
    }

    /** The tokens allowed here. It is kept, because the end check and the sampler both need it. */
    TokenMask mask() {
        if (mask.isEmpty()) {
            mask = Optional.of(position.mask());
        }
        return mask.get();
    }

    /**
     * Returns true if the text can still be completed behind {@code token}.
     *
     * @param remaining tokens of the limit before {@code token} is taken
     */
    boolean canComplete(int token, int remaining) {
        boolean can = ends.has(token) || after(token).closesWithin(remaining - 1);
        hitLimit |= !can;
        return can;
    }

    /** True when the limit made {@link #canComplete} reject a token. */
    boolean hasHitLimit() {
        return hitLimit;
    }

    /** The first token of a short completion: an end token where the text may end. */
    int completingToken() {
        int[] closing = position.closing();
        if (closing.length > 0) {
            return closing[0];
        }
        for (int end : ends.all()) {
            if (position.allows(end)) {
                return end;
            }
        }
        throw new IllegalStateException("a complete text allows no end token");
    }

    /**
     * Moves behind {@code token} and the tokens that it forces, and returns these.
     *
     * @param remaining tokens of the limit behind {@code token}
     */
    int[] advance(int token, int remaining) {
        Jump jump = Jump.from(after(token), remaining);
        position = jump.end();
        mask = Optional.empty();
        examinedToken = -1;
        return jump.tokens();
    }

    /**
     * Tokens that are forced, and the position behind them.
     *
     * <p>They are the tokens in which a model would write the text, which can be more than in the
     * shortest tokenization. If these would exceed the limit, there is no jump.
     */
    record Jump(int[] tokens, Constraint end) {
        /** All tokens of a jump are delivered at once, and must fit the reader's queue. */
        private static final int MAX_LENGTH = 512;

        static Jump from(Constraint start, int remaining) {
            int[] tokens =
                    remaining > 0 ? start.forced(Math.min(remaining, MAX_LENGTH)) : new int[0];
            Constraint end = start;
            for (int token : tokens) {
                end = end.after(token);
            }
            boolean fits = tokens.length == 0 || end.closesWithin(remaining - tokens.length);
            return fits ? new Jump(tokens, end) : new Jump(new int[0], start);
        }
    }

    /** True when only end tokens are allowed. */
    boolean isComplete() {
        if (!position.mayEnd()) {
            return false;
        }
        int allowedEnds = 0;
        for (int end : ends.all()) {
            allowedEnds += mask().allows(end) ? 1 : 0;
        }
        return mask().count() == allowedEnds;
    }

    /** The constraint's guess of the next tokens, at most {@code max}. */
    int[] expected(int max) {
        return max > 0 ? position.likely(max) : new int[0];
    }

    /** How many leading tokens of a draft are allowed. */
    int allowed(int[] draft) {
        Constraint at = position;
        for (int i = 0; i < draft.length; i++) {
            int token = draft[i];
            if (!at.allows(token)) {
                return i;
            }
            if (ends.has(token)) {
                return i + 1;
            }
            at = at.after(token);
        }
        return draft.length;
    }

    private Constraint after(int token) {
        if (token != examinedToken) {
            examined = position.after(token);
            examinedToken = token;
        }
        return examined;
    }
}

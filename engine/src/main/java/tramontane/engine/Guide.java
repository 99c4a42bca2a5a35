package tramontane.engine;

import java.util.Optional;
import tramontane.grammar.Constraint;
import tramontane.grammar.TokenMask;

/**
 * A sequence's place in its constraint. What is left of the token limit never falls below the
 * number of tokens that would close the text, so that it can always be closed.
 */
final class Guide {
    private final EndTokens ends;
    private Constraint place;
    private boolean hurried;

    // The place behind the token that was looked at last, which is mostly the one taken.
    private int seenToken = -1;
    private Constraint seen;

    private Optional<TokenMask> mask = Optional.empty();

    Guide(Constraint start, EndTokens ends) {
        this.place = start;
        this.seen = start;
        this.ends = ends;
    }

    /** What may come here. It is asked for twice: whether the text is over, and for the draw. */
    TokenMask mask() {
        if (mask.isEmpty()) {
            mask = Optional.of(place.mask());
        }
        return mask.get();
    }

    /**
     * Whether the text can still be closed after {@code token}, {@code left} being left before it.
     */
    boolean fits(int token, int left) {
        boolean fits = ends.has(token) || behind(token).closesWithin(left - 1);
        hurried |= !fits;
        return fits;
    }

    /** Whether the limit of tokens has turned the text aside. */
    boolean isHurried() {
        return hurried;
    }

    /** The first token of a short way to the end: the end itself where the text may end. */
    int wayOut() {
        int[] closing = place.closing();
        if (closing.length > 0) {
            return closing[0];
        }
        for (int end : ends.all()) {
            if (place.allows(end)) {
                return end;
            }
        }
        throw new IllegalStateException("a text that may end allows no token that ends it");
    }

    /**
     * Moves behind {@code token}, and on behind the tokens that must follow it, {@code left} being
     * left; these are returned.
     */
    int[] follow(int token, int left) {
        Jump jump = Jump.from(behind(token), left);
        place = jump.end();
        mask = Optional.empty();
        seenToken = -1;
        return jump.tokens();
    }

    /**
     * Tokens that must come next, and where they end.
     *
     * <p>They are spelled as a model would, which may take more tokens than the shortest way. Where
     * that would be too many, there is no jump.
     */
    record Jump(int[] tokens, Constraint end) {
        /** A reader gets all of them at once, and must have room for them. */
        private static final int LENGTH_MAX = 512;

        static Jump from(Constraint start, int left) {
            int[] tokens = left > 0 ? start.forced(Math.min(left, LENGTH_MAX)) : new int[0];
            Constraint end = start;
            for (int token : tokens) {
                end = end.after(token);
            }
            boolean fits = tokens.length == 0 || end.closesWithin(left - tokens.length);
            return fits ? new Jump(tokens, end) : new Jump(new int[0], start);
        }
    }

    /** Whether the text has ended: nothing but the end may follow. */
    boolean isComplete() {
        if (!place.mayEnd()) {
            return false;
        }
        int allowedEnds = 0;
        for (int end : ends.all()) {
            allowedEnds += mask().allows(end) ? 1 : 0;
        }
        return mask().count() == allowedEnds;
    }

    /** Tokens that probably come next, at most {@code limit}. */
    int[] likely(int limit) {
        return limit > 0 ? place.likely(limit) : new int[0];
    }

    /** How many of {@code count} tokens could follow each other from here. */
    int allowed(int[] tokens, int from, int count) {
        Constraint at = place;
        for (int i = 0; i < count; i++) {
            int token = tokens[from + i];
            if (!at.allows(token)) {
                return i;
            }
            if (ends.has(token)) {
                return i + 1;
            }
            at = at.after(token);
        }
        return count;
    }

    private Constraint behind(int token) {
        if (token != seenToken) {
            seen = place.after(token);
            seenToken = token;
        }
        return seen;
    }
}

package tramontane.engine;

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

    Guide(Constraint start, EndTokens ends) {
        this.place = start;
        this.seen = start;
        this.ends = ends;
    }

    /** What may come here. */
    TokenMask mask() {
        return place.mask();
    }

    /**
     * Whether the text can still be closed after {@code token}, {@code left} being left before it.
     */
    boolean fits(int token, int left) {
        boolean fits = ends.has(token) || behind(token).closing().length < left;
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
     * Moves behind {@code token}, and on behind the tokens that must follow it, at most {@code
     * left}; these are returned.
     */
    int[] follow(int token, int left) {
        place = behind(token);
        int[] forced = left > 0 ? place.forced(left) : new int[0];
        for (int next : forced) {
            place = place.after(next);
        }
        seenToken = -1;
        return forced;
    }

    /** Whether the text has ended: nothing but the end may follow. */
    boolean isComplete() {
        if (!place.mayEnd()) {
            return false;
        }
        TokenMask mask = place.mask();
        int allowedEnds = 0;
        for (int end : ends.all()) {
            allowedEnds += mask.allows(end) ? 1 : 0;
        }
        return mask.count() == allowedEnds;
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

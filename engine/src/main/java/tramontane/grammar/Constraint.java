package tramontane.grammar;

/**
 * A text as far as it is written, under a {@link Grammar}: says which tokens may come next.
 *
 * <p>A constraint never changes; {@link #after} gives the next one. So a draft is verified by
 * walking ahead, and forgotten by dropping what was reached. Any thread may ask.
 */
public abstract class Constraint {
    /**
     * The tokens that may come here; those that end an answer are among them where the text may
     * end. Never empty: from every position that can be reached, the text can be finished.
     */
    public abstract TokenMask mask();

    /** Whether {@code token} is in {@link #mask}, found without making the mask. */
    public abstract boolean allows(int token);

    /** The position behind {@code token}, which must be allowed and must not end the answer. */
    public abstract Constraint after(int token);

    /** Whether the answer may end here. */
    public abstract boolean mayEnd();

    /**
     * The tokens that must come next whatever the model says, at most {@code limit}: the model's
     * own way to write text that has only one continuation. Empty where there is a choice.
     */
    public abstract int[] forced(int limit);

    /**
     * Tokens that probably come next, at most {@code limit}: a draft for the model to confirm. Each
     * is allowed behind those before it. Empty where nothing can be guessed.
     */
    public int[] likely(int limit) {
        return new int[0];
    }

    /**
     * A way to end from here in few tokens, without the token that ends the answer. The first of
     * them taken, the rest is the way from there.
     */
    public abstract int[] closing();

    /** Whether {@link #closing} has at most so many tokens. */
    public boolean closesWithin(int most) {
        return closing().length <= most;
    }
}

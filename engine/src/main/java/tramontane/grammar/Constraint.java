package tramontane.grammar;

/**
 * The state of an answer under a {@link Grammar} after some tokens: which tokens may come next.
 *
 * <p>A constraint is immutable; {@link #after} returns the next one. So a draft is verified by
 * walking ahead, and discarded by dropping the constraints reached. Safe for use by several
 * threads.
 */
public abstract class Constraint {
    /**
     * The tokens that may come next, including the tokens that end an answer if the answer may end
     * here. Never empty: from every constraint that can be reached, the text can be completed.
     */
    public abstract TokenMask mask();

    /** True when {@code token} is in {@link #mask}. Computed without the mask. */
    public abstract boolean allows(int token);

    /** The constraint after {@code token}, which must be allowed and must not end the answer. */
    public abstract Constraint after(int token);

    /** True when the answer may end here. */
    public abstract boolean mayEnd();

    /**
     * The tokens that must come next because the text has only one continuation, at most {@code
     * limit} of them. They are the tokens into which the model's tokenizer splits this text. Empty
     * if there is a choice.
     */
    public abstract int[] forced(int limit);

    /**
     * Tokens that probably come next, at most {@code limit}: a draft for the model to verify. Each
     * is allowed after those before it. Empty if there is no guess.
     */
    public int[] likely(int limit) {
        return new int[0];
    }

    /**
     * A short sequence of tokens that completes the answer, without the token that ends it. After
     * its first token, the constraint's closing sequence is the rest.
     */
    public abstract int[] closing();

    /** True when {@link #closing} has at most {@code maxTokens} tokens. */
    public boolean closesWithin(int maxTokens) {
        return closing().length <= maxTokens;
    }
}

package tramontane.grammar;

/**
 * A machine over bytes for one piece of text, with numbered states. It knows nothing of what
 * surrounds the piece, so what it says of a state can be kept and used wherever the piece occurs.
 */
interface Lexer {
    /** No text begins like this. */
    int DEAD = -1;

    /** The byte was the last of the piece. */
    int DONE = -2;

    /** Set in the answer of {@link #next} when the byte completed a character. */
    int COUNTED = 1 << 30;

    /** The state behind {@code label} (0 to 255), {@link #DEAD} or {@link #DONE}. */
    int next(int state, int label);

    /** Whether the piece may be over here, without a last byte of its own. */
    boolean mayEnd(int state);
}

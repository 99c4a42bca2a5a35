package tramontane.grammar.lexer;

/**
 * An automaton over the bytes of one JSON token, with numbered states. It knows nothing of what
 * surrounds the token, so what it says about a state can be cached and used wherever the token
 * occurs.
 */
public interface Lexer {
    /** No valid text has this prefix. */
    int DEAD = -1;

    /** The byte completed the token. */
    int DONE = -2;

    /** Flag in the result of {@link #next}: the byte completed a character. */
    int COUNTED = 1 << 30;

    /** The state after {@code label} (0 to 255), {@link #DEAD} or {@link #DONE}. */
    int next(int state, int label);

    /** True when the token may end here without a closing byte of its own, as a number does. */
    boolean mayEnd(int state);
}

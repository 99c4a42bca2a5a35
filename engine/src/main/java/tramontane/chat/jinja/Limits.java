package tramontane.chat.jinja;

/**
 * What rendering one prompt may cost.
 *
 * @param steps nodes of the template evaluated, and work of filters in units of 64 characters or
 *     one element
 * @param depth nesting of evaluation, which macros that call themselves drive up
 * @param textChars length of any one string, the prompt among them
 * @param allocatedChars characters of all strings made; a list's element counts as 16
 */
public record Limits(long steps, int depth, long textChars, long allocatedChars) {
    /**
     * Characters of a template's source. The longest known templates of chat models have less than
     * 20,000.
     */
    public static final int SOURCE_CHARS_MAX = 1 << 19;

    /** Nesting of parentheses or blocks in a template's source. */
    public static final int SOURCE_DEPTH_MAX = 100;

    /**
     * Limits that leave room for what real templates do with {@code inputChars} characters of
     * conversation.
     */
    public static Limits forInput(long inputChars) {
        return new Limits(
                2_000_000 + 32 * inputChars,
                600,
                1_000_000 + 4 * inputChars,
                32_000_000 + 64 * inputChars);
    }
}

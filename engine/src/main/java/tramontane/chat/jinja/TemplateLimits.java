package tramontane.chat.jinja;

/**
 * The limits of one rendering.
 *
 * @param steps evaluated nodes of the template, and work of filters in units of 64 characters or
 *     one element
 * @param depth nesting of evaluation, which recursive macros increase
 * @param textChars length of each string, including the prompt
 * @param allocatedChars characters of all created strings; an element of a list counts as 16
 */
public record TemplateLimits(long steps, int depth, long textChars, long allocatedChars) {
    /** Characters of a template's source. The longest known ones have 20,000. */
    public static final int MAX_SOURCE_CHARS = 1 << 19;

    /** Nesting of parentheses or blocks in a template's source. */
    public static final int MAX_SOURCE_DEPTH = 100;

    /** Nesting of the values that are passed to a template. */
    public static final int MAX_INPUT_DEPTH = 200;

    // Real templates reach 39. The deepest recursion, a macro that calls itself in the default of a
    // parameter, fits in a stack of 512 KB with this limit, even in interpreted Java code.
    private static final int MAX_DEPTH = 250;

    /** Limits for a conversation of this size. Real templates stay far below them. */
    public static TemplateLimits forInput(long inputChars) {
        return new TemplateLimits(
                2_000_000 + 32 * inputChars,
                MAX_DEPTH,
                1_000_000 + 4 * inputChars,
                32_000_000 + 64 * inputChars);
    }
}

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
    /** Characters of a template's source; the longest ones of known chat models have 20,000. */
    public static final int SOURCE_CHARS_MAX = 1 << 19;

    /** Nesting of parentheses or blocks in a template's source. */
    public static final int SOURCE_DEPTH_MAX = 100;

    /** Nesting of a value handed to a template. */
    public static final int INPUT_DEPTH_MAX = 200;

    // Real templates reach 39. The deepest way down, a macro that calls itself in a parameter's
    // default, then fits in a stack of 512 KB even where nothing is compiled yet.
    private static final int DEPTH_MAX = 250;

    /** Limits that leave room for what real templates do with so much conversation. */
    public static Limits forInput(long inputChars) {
        return new Limits(
                2_000_000 + 32 * inputChars,
                DEPTH_MAX,
                1_000_000 + 4 * inputChars,
                32_000_000 + 64 * inputChars);
    }
}

package tramontane.upstream;

/**
 * Joins the halves of characters that an upstream sends in two parts, as services do that cut their
 * text by UTF-16 code units. A half alone is no text: many clients fail at it. For one thread.
 */
final class SurrogatePairs {
    private String half = "";

    /**
     * The whole characters up to the end of one more part.
     *
     * @throws BrokenAnswerException if it has a half without the other one
     */
    String take(String part) throws BrokenAnswerException {
        String text = half + part;
        int end = text.length();
        if (end > 0 && Character.isHighSurrogate(text.charAt(end - 1))) {
            end--;
        }
        half = text.substring(end);
        String whole = text.substring(0, end);
        if (whole.codePoints().anyMatch(SurrogatePairs::isHalf)) {
            throw broken();
        }
        return whole;
    }

    /**
     * No more text comes.
     *
     * @param cut true if a limit ended it; then half a character at its end is left out
     */
    void end(boolean cut) throws BrokenAnswerException {
        if (!half.isEmpty() && !cut) {
            throw broken();
        }
    }

    private static boolean isHalf(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }

    private static BrokenAnswerException broken() {
        return new BrokenAnswerException(
                BrokenAnswerException.Fault.SERVER, "it sent half a character");
    }
}

package tramontane.token;

/**
 * The classes of code points that pre-tokenizers distinguish. General categories are those of the
 * running JDK (25: Unicode 16). Characters that Unicode added after a model was trained can be
 * classified differently than in its training.
 */
final class CharClass {
    static final int END = 0;
    static final int OTHER = 1;
    static final int SPACE = 2;
    static final int NUMBER = 4;

    /**
     * Upper case letters. Letters without case and modifier letters are both upper and lower case.
     */
    static final int UPPER = 8;

    static final int LOWER = 16;
    static final int LETTER = 32;

    /** A combining mark. It is no letter, but Tekken treats it as both upper and lower case. */
    static final int MARK = 64;

    static final int PUNCTUATION = 128;

    private static final byte[] ASCII_AND_MORE = new byte[0x3000];

    static {
        for (int i = 0; i < ASCII_AND_MORE.length; i++) {
            ASCII_AND_MORE[i] = (byte) compute(i);
        }
    }

    private CharClass() {}

    static int of(int codePoint) {
        return codePoint < ASCII_AND_MORE.length
                ? ASCII_AND_MORE[codePoint] & 0xFF
                : compute(codePoint);
    }

    private static int compute(int codePoint) {
        if (isSpace(codePoint)) {
            return SPACE;
        }
        return switch (Character.getType(codePoint)) {
            case Character.UPPERCASE_LETTER, Character.TITLECASE_LETTER -> LETTER | UPPER;
            case Character.LOWERCASE_LETTER -> LETTER | LOWER;
            case Character.MODIFIER_LETTER, Character.OTHER_LETTER -> LETTER | UPPER | LOWER;
            case Character.NON_SPACING_MARK,
                    Character.COMBINING_SPACING_MARK,
                    Character.ENCLOSING_MARK ->
                    MARK | UPPER | LOWER;
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
                    NUMBER;
            case Character.CONNECTOR_PUNCTUATION,
                    Character.DASH_PUNCTUATION,
                    Character.START_PUNCTUATION,
                    Character.END_PUNCTUATION,
                    Character.INITIAL_QUOTE_PUNCTUATION,
                    Character.FINAL_QUOTE_PUNCTUATION,
                    Character.OTHER_PUNCTUATION ->
                    OTHER | PUNCTUATION;
            default -> OTHER;
        };
    }

    /** Unicode's White_Space, which differs from both of Java's definitions. */
    private static boolean isSpace(int codePoint) {
        return switch (codePoint) {
            case 0x20, 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000 -> true;
            default ->
                    codePoint >= 0x09 && codePoint <= 0x0D
                            || codePoint >= 0x2000 && codePoint <= 0x200A;
        };
    }
}

package tramontane.chat.jinja;

/** Python's classification of characters. */
final class Characters {
    private Characters() {}

    /** {@code str.isspace} of a character. */
    static boolean isSpace(char c) {
        if (c < 128) {
            return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F);
        }
        return c == 0x85
                || c == 0xA0
                || c == 0x1680
                || (c >= 0x2000 && c <= 0x200A)
                || c == 0x2028
                || c == 0x2029
                || c == 0x202F
                || c == 0x205F
                || c == 0x3000;
    }

    /** Letters with a numeric value: Chinese numerals. */
    private static final String IDEOGRAPHIC_NUMBERS =
            "一七万三九二五亖亿什仟仨伍佰億兆兩八六十千卅卌叁叄四壱壹幺廾廿弌弍弎弐拾捌柒漆玖百肆萬貮貳贰阡陆陌陸零";

    /** {@code str.isnumeric} of a character. */
    static boolean isNumeric(int point) {
        return switch (Character.getType(point)) {
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
                    true;
            default -> IDEOGRAPHIC_NUMBERS.indexOf(point) >= 0;
        };
    }

    /** Digits that are not decimal digits, as pairs of first and last. */
    private static final int[] SPECIAL_DIGITS = {
        0xb2, 0xb3, 0xb9, 0xb9, 0x1369, 0x1371, 0x19da, 0x19da, 0x2070, 0x2070, 0x2074, 0x2079,
        0x2080, 0x2089, 0x2460, 0x2468, 0x2474, 0x247c, 0x2488, 0x2490, 0x24ea, 0x24ea, 0x24f5,
        0x24fd, 0x24ff, 0x24ff, 0x2776, 0x277e, 0x2780, 0x2788, 0x278a, 0x2792, 0x10a40, 0x10a43,
        0x10e60, 0x10e68, 0x11052, 0x1105a, 0x1f100, 0x1f10a
    };

    /** {@code str.isdigit} of a character. */
    static boolean isDigit(int point) {
        for (int i = 0; i < SPECIAL_DIGITS.length; i += 2) {
            if (point >= SPECIAL_DIGITS[i] && point <= SPECIAL_DIGITS[i + 1]) {
                return true;
            }
        }
        return Character.isDigit(point);
    }

    /** A word character of regular expressions. */
    static boolean isWord(int point) {
        return point == '_' || Character.isLetter(point) || isNumeric(point);
    }

    /** True if {@code repr} prints the character unescaped. */
    static boolean isPrintable(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    false;
            case Character.SPACE_SEPARATOR -> point == ' ';
            default -> true;
        };
    }

    /** Resolves the escapes of a string literal. */
    static String unescape(String literal, int line) {
        if (literal.indexOf('\\') < 0) {
            return literal;
        }
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (at < literal.length()) {
            char c = literal.charAt(at++);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            at = escape(literal, at, out, line);
        }
        return out.toString();
    }

    private static int escape(String literal, int at, StringBuilder out, int line) {
        char c = literal.charAt(at);
        int simple = "\\'\"abfnrtv".indexOf(c);
        if (simple >= 0) {
            out.append("\\'\"\u0007\b\f\n\r\t\u000b".charAt(simple));
            return at + 1;
        }
        return switch (c) {
            case '\n' -> at + 1;
            case 'x' -> hex(literal, at + 1, 2, out, line);
            case 'u' -> hex(literal, at + 1, 4, out, line);
            case 'U' -> hex(literal, at + 1, 8, out, line);
            case 'N' -> named(literal, at + 1, out, line);
            case '0', '1', '2', '3', '4', '5', '6', '7' -> octal(literal, at, out);
            default -> {
                out.append('\\');
                yield at;
            }
        };
    }

    private static int named(String literal, int at, StringBuilder out, int line) {
        int end = literal.indexOf('}', at);
        if (at >= literal.length() || literal.charAt(at) != '{' || end < 0) {
            throw TemplateException.syntax("a character's name stands in braces", line);
        }
        try {
            out.appendCodePoint(Character.codePointOf(literal.substring(at + 1, end)));
        } catch (IllegalArgumentException e) {
            throw TemplateException.syntax(
                    "no character is named '" + literal.substring(at + 1, end) + "'", line);
        }
        return end + 1;
    }

    private static int hex(String literal, int at, int digits, StringBuilder out, int line) {
        int point = 0;
        for (int i = at; i < at + digits; i++) {
            int digit = i < literal.length() ? Character.digit(literal.charAt(i), 16) : -1;
            if (digit < 0 || point > Character.MAX_CODE_POINT >> 4) {
                throw TemplateException.syntax(
                        "a character escape needs " + digits + " hexadecimal digits", line);
            }
            point = point << 4 | digit;
        }
        out.appendCodePoint(Math.min(point, Character.MAX_CODE_POINT));
        return at + digits;
    }

    private static int octal(String literal, int at, StringBuilder out) {
        int point = 0;
        int end = at;
        while (end < Math.min(at + 3, literal.length())
                && literal.charAt(end) >= '0'
                && literal.charAt(end) <= '7') {
            point = point << 3 | literal.charAt(end++) - '0';
        }
        out.appendCodePoint(point);
        return end;
    }
}

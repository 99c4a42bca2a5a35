package tramontane.chat.jinja;

/** What Python says about single characters. */
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

    /** Whether {@code repr} shows the character itself. */
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
            case '0', '1', '2', '3', '4', '5', '6', '7' -> octal(literal, at, out);
            default -> {
                out.append('\\');
                yield at;
            }
        };
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

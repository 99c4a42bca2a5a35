package tramontane.grammar.lexer;

import java.nio.charset.StandardCharsets;

/** Escapes and unescapes the inside of JSON strings. Escaping writes the shortest spelling. */
public final class JsonStrings {
    private static final String SHORT_ESCAPES = "\"\\bfnrt";
    private static final String SHORT_MEANINGS = "\"\\\b\f\n\r\t";

    private JsonStrings() {}

    public static String escape(String text) {
        StringBuilder out = new StringBuilder(text.length() + 2);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int known = SHORT_MEANINGS.indexOf(c);
            if (known >= 0) {
                out.append('\\').append(SHORT_ESCAPES.charAt(known));
            } else if (c < 0x20) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    public static byte[] bytes(String text) {
        return escape(text).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Decodes the inside of a well-formed JSON string. Each char of {@code bytes} is one byte of
     * UTF-8.
     */
    public static String unescape(String bytes) {
        if (bytes.indexOf('\\') < 0) {
            return utf8(bytes);
        }
        String text = utf8(bytes);
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char escape = text.charAt(++i);
            if (escape == 'u') {
                out.append((char) Integer.parseInt(text, i + 1, i + 5, 16));
                i += 4;
            } else {
                int known = SHORT_ESCAPES.indexOf(escape);
                out.append(known >= 0 ? SHORT_MEANINGS.charAt(known) : escape);
            }
        }
        return out.toString();
    }

    private static String utf8(String bytes) {
        return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }
}

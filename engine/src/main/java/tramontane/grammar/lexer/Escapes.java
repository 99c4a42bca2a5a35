package tramontane.grammar.lexer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Escapes in JSON strings. Writers differ in what they escape: some escape everything outside
 * ASCII, some the slash, some the characters that are special in HTML. {@link #TO_WRITE} allows all
 * of these. Letters, digits and the other characters that no writer escapes may be escaped only in
 * texts that are read with {@link #TO_READ}.
 */
public final class Escapes {
    private static final String SHORT = "\"\\/bfnrt";
    private static final String MEANINGS = "\"\\/\b\f\n\r\t";

    /**
     * Ranges (first, last) of the characters of the Basic Multilingual Plane that may be written as
     * a hexadecimal escape.
     */
    private static final int[][] WRITTEN = {
        {0, 0x1f},
        {'"', '"'},
        {'&', '\''},
        {'+', '+'},
        {'/', '/'},
        {'<', '>'},
        {'\\', '\\'},
        {'`', '`'},
        {0x7f, Character.MIN_SURROGATE - 1},
        {Character.MAX_SURROGATE + 1, 0xffff}
    };

    private static final int[][] READ = {
        {0, Character.MIN_SURROGATE - 1}, {Character.MAX_SURROGATE + 1, 0xffff}
    };

    /** The first code point that is escaped as a surrogate pair. */
    private static final int PAIRS = 0x10000;

    private final int[][] basic;

    private Escapes(int[][] basic) {
        this.basic = basic;
    }

    static final Escapes TO_WRITE = new Escapes(WRITTEN);
    static final Escapes TO_READ = new Escapes(READ);

    /** The character that an escape letter stands for, or -1. */
    static int meaning(int label) {
        int at = SHORT.indexOf(label);
        return at < 0 ? -1 : MEANINGS.charAt(at);
    }

    /** The code points from {@code low} to {@code high}, both included. */
    record Range(int low, int high) {}

    /**
     * The characters from {@code low} to {@code high}, all in the Basic Multilingual Plane, that
     * may be escaped.
     */
    List<Range> between(int low, int high) {
        List<Range> ranges = new ArrayList<>();
        for (int[] each : basic) {
            if (each[0] <= high && each[1] >= low) {
                ranges.add(new Range(Math.max(low, each[0]), Math.min(high, each[1])));
            }
        }
        return ranges;
    }

    /** All code points that may be escaped. */
    List<Range> all() {
        List<Range> ranges = between(0, 0xffff);
        ranges.add(new Range(PAIRS, Character.MAX_CODE_POINT));
        return ranges;
    }

    boolean has(int codePoint) {
        if (codePoint >= PAIRS) {
            return true;
        }
        for (int[] each : basic) {
            if (codePoint >= each[0] && codePoint <= each[1]) {
                return true;
            }
        }
        return false;
    }

    /**
     * The first byte of every allowed spelling of the character, or -1 if spellings differ in it.
     */
    public static int onlyLabel(int codePoint) {
        boolean must = codePoint < 0x20 || codePoint == '"' || codePoint == '\\';
        return must ? '\\' : TO_WRITE.has(codePoint) ? -1 : codePoint;
    }

    /** The hexadecimal escape of a character, with lower-case digits; a surrogate pair has two. */
    static String hex(int codePoint) {
        StringBuilder escape = new StringBuilder();
        for (char unit : Character.toChars(codePoint)) {
            escape.append(String.format("\\u%04x", (int) unit));
        }
        return escape.toString();
    }

    /** All escapes of a character that may be escaped, with lower-case digits. */
    public static List<String> of(int codePoint) {
        int at = codePoint < PAIRS ? MEANINGS.indexOf(codePoint) : -1;
        return at < 0 ? List.of(hex(codePoint)) : List.of("\\" + SHORT.charAt(at), hex(codePoint));
    }

    /**
     * True when {@code prefix} is a prefix of the escape. Its hexadecimal digits may be of either
     * case.
     */
    public static boolean begins(String escape, String prefix) {
        if (prefix.length() > escape.length()) {
            return false;
        }
        for (int i = 0; i < prefix.length(); i++) {
            // In each group of six, the first two characters are the backslash and the u.
            char c = prefix.charAt(i);
            boolean digit = escape.length() > 2 && i % 6 >= 2;
            if (escape.charAt(i) != (digit ? Character.toLowerCase(c) : c)) {
                return false;
            }
        }
        return true;
    }

    /**
     * True when a character starts at {@code at} in its shortest spelling and may also be escaped.
     */
    public static boolean isEscapable(byte[] spelled, int at) {
        int label = spelled[at] & 0xff;
        boolean closingQuote = label == '"';
        boolean within = (label & 0xc0) == 0x80;
        return !closingQuote && !within && (label >= 0x80 || TO_WRITE.has(label));
    }

    /** The end of the character that starts at {@code at}, in its shortest spelling. */
    public static int characterEnd(byte[] spelled, int at) {
        int label = spelled[at] & 0xff;
        if (label == '\\') {
            return at + (spelled[at + 1] == 'u' ? 6 : 2);
        }
        int end = at + 1;
        while (end < spelled.length && (spelled[end] & 0xc0) == 0x80) {
            end++;
        }
        return end;
    }

    /** The escapes of the character from {@code at} to {@code end}; empty if it has none. */
    public static List<String> of(byte[] spelled, int at, int end) {
        if (!isEscapable(spelled, at)) {
            return List.of();
        }
        String bytes = new String(spelled, at, end - at, StandardCharsets.ISO_8859_1);
        return of(JsonStrings.unescape(bytes).codePointAt(0));
    }
}

package tramontane.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * How characters are escaped in JSON strings. Writers differ in what they escape: some all that is
 * not ASCII, some the slash, some what means something in HTML. All of that may be written.
 * Letters, digits and the other characters that no writer escapes may only be read so.
 */
final class Escapes {
    private static final String SHORT = "\"\\/bfnrt";
    private static final String MEANINGS = "\"\\/\b\f\n\r\t";

    /** Characters of the basic plane that may be written as four hexadecimal digits: from, to. */
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

    /** The first code point that takes two groups of hexadecimal digits. */
    private static final int PAIRS = 0x10000;

    private final int[][] basic;

    private Escapes(int[][] basic) {
        this.basic = basic;
    }

    static final Escapes TO_WRITE = new Escapes(WRITTEN);
    static final Escapes TO_READ = new Escapes(READ);

    /** The character that a letter behind a backslash stands for, or -1. */
    static int meaning(int label) {
        int at = SHORT.indexOf(label);
        return at < 0 ? -1 : MEANINGS.charAt(at);
    }

    /** Code points from {@code low} to {@code high}. */
    record Range(int low, int high) {}

    /**
     * Those of the basic plane's characters from {@code low} to {@code high} that have an escape.
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

    /** All code points that have an escape. */
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

    /** The byte with which every spelling of the character that may be written begins, or -1. */
    static int onlyLabel(int codePoint) {
        boolean must = codePoint < 0x20 || codePoint == '"' || codePoint == '\\';
        return must ? '\\' : TO_WRITE.has(codePoint) ? -1 : codePoint;
    }

    /** A character's hexadecimal escape, in lower case. */
    static String hex(int codePoint) {
        StringBuilder escape = new StringBuilder();
        for (char unit : Character.toChars(codePoint)) {
            escape.append(String.format("\\u%04x", (int) unit));
        }
        return escape.toString();
    }

    /** All ways to write a character that has an escape, in lower case. */
    static List<String> of(int codePoint) {
        int at = codePoint < PAIRS ? MEANINGS.indexOf(codePoint) : -1;
        return at < 0 ? List.of(hex(codePoint)) : List.of("\\" + SHORT.charAt(at), hex(codePoint));
    }

    /** Whether {@code begun}, with digits in upper or lower case, begins this escape. */
    static boolean begins(String escape, String begun) {
        if (begun.length() > escape.length()) {
            return false;
        }
        for (int i = 0; i < begun.length(); i++) {
            // Within a group of six, the first two are the backslash and the u.
            char c = begun.charAt(i);
            boolean digit = escape.length() > 2 && i % 6 >= 2;
            if (escape.charAt(i) != (digit ? Character.toLowerCase(c) : c)) {
                return false;
            }
        }
        return true;
    }

    /** Whether a character begins here, in its shortest spelling, that may be escaped too. */
    static boolean isEscapable(byte[] spelled, int at) {
        int label = spelled[at] & 0xff;
        boolean closingQuote = label == '"';
        boolean within = (label & 0xc0) == 0x80;
        return !closingQuote && !within && (label >= 0x80 || TO_WRITE.has(label));
    }

    /** Where the character ends that begins here in its shortest spelling. */
    static int characterEnd(byte[] spelled, int at) {
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

    /** The escapes of the character from {@code at} to {@code end}, if it has any. */
    static List<String> of(byte[] spelled, int at, int end) {
        if (!isEscapable(spelled, at)) {
            return List.of();
        }
        String bytes = new String(spelled, at, end - at, StandardCharsets.ISO_8859_1);
        return of(JsonText.unescape(bytes).codePointAt(0));
    }
}

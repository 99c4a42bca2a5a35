package tramontane.grammar.regex;

import java.util.OptionalInt;

/** A pattern's code points, and how far they have been read. */
final class PatternText {
    /** Counts above this stand for this: no automaton is that large. */
    private static final int COUNT_MAX = 1_000_000_000;

    /** Names of properties are shorter. */
    private static final int NAME_MAX = 64;

    private final int[] codePoints;

    /** How many groups there are to refer back to; found when first asked for. */
    private OptionalInt capturing = OptionalInt.empty();

    private int position;

    PatternText(String pattern) {
        codePoints = pattern.codePoints().toArray();
    }

    boolean atEnd() {
        return position == codePoints.length;
    }

    int peek() {
        return codePoints[position];
    }

    int next() {
        return codePoints[position++];
    }

    void back() {
        position--;
    }

    int position() {
        return position;
    }

    void position(int to) {
        position = to;
    }

    /** Whether what was taken last is {@code c}. */
    boolean before(int c) {
        return position > 0 && codePoints[position - 1] == c;
    }

    boolean take(int c) {
        if (atEnd() || peek() != c) {
            return false;
        }
        position++;
        return true;
    }

    boolean take(String expected) {
        for (int i = 0; i < expected.length(); i++) {
            if (position + i >= codePoints.length
                    || codePoints[position + i] != expected.charAt(i)) {
                return false;
            }
        }
        position += expected.length();
        return true;
    }

    void skipUntil(int c) {
        while (true) {
            if (atEnd()) {
                throw refuse("'" + Character.toString(c) + "' is missing");
            }
            if (peek() == c) {
                return;
            }
            position++;
        }
    }

    /** Takes {@code digits} hexadecimal digits and gives their value, or takes nothing: -1. */
    int hex(int digits) {
        if (position + digits > codePoints.length) {
            return -1;
        }
        int value = 0;
        for (int i = 0; i < digits; i++) {
            int c = codePoints[position + i];
            int digit = c < 128 ? Character.digit(c, 16) : -1;
            if (digit < 0) {
                return -1;
            }
            value = value * 16 + digit;
        }
        position += digits;
        return value;
    }

    /** Takes a decimal number and gives its value, or takes nothing: -1. */
    int number() {
        long value = -1;
        while (!atEnd() && peek() >= '0' && peek() <= '9') {
            value = Math.min(COUNT_MAX, Math.max(value, 0) * 10 + next() - '0');
        }
        return (int) value;
    }

    /** Takes all up to {@code end} and it; if that is not near, takes nothing: "". */
    String upTo(int end) {
        StringBuilder taken = new StringBuilder();
        int limit = Math.min(codePoints.length, position + NAME_MAX);
        for (int i = position; i < limit; i++) {
            if (codePoints[i] == end) {
                position = i + 1;
                return taken.toString();
            }
            taken.appendCodePoint(codePoints[i]);
        }
        return "";
    }

    int capturingGroups() {
        if (capturing.isEmpty()) {
            capturing = OptionalInt.of(countGroups());
        }
        return capturing.getAsInt();
    }

    private int countGroups() {
        int groups = 0;
        boolean inClass = false;
        for (int i = 0; i < codePoints.length; i++) {
            switch (codePoints[i]) {
                case '\\' -> i++;
                case '[' -> inClass = true;
                case ']' -> inClass = false;
                case '(' -> groups += !inClass && capturesAt(i) ? 1 : 0;
                default -> {
                    // No group.
                }
            }
        }
        return groups;
    }

    private boolean capturesAt(int open) {
        if (at(open + 1) != '?') {
            return true;
        }
        return at(open + 2) == 'P'
                || at(open + 2) == '<' && at(open + 3) != '=' && at(open + 3) != '!';
    }

    private int at(int index) {
        return index < codePoints.length ? codePoints[index] : -1;
    }

    PatternException refuse(String reason) {
        return new PatternException(position, reason);
    }
}

package tramontane.grammar.pattern;

import java.util.OptionalInt;

/** The code points of a pattern with a read position. */
final class PatternText {
    /** Larger counts are replaced by this one: no automaton is that large. */
    private static final int MAX_COUNT = 1_000_000_000;

    /** Upper limit for names of properties. */
    private static final int MAX_NAME_CHARS = 64;

    private final int[] codePoints;

    /** The number of capturing groups; computed on demand. */
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

    /** True when the last code point read is {@code c}. */
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

    /**
     * Reads {@code digits} hexadecimal digits and returns their value; reads nothing and returns -1
     * if there are fewer.
     */
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

    /**
     * Reads a decimal number and returns its value; reads nothing and returns -1 if there is none.
     */
    int number() {
        long value = -1;
        while (!atEnd() && peek() >= '0' && peek() <= '9') {
            value = Math.min(MAX_COUNT, Math.max(value, 0) * 10 + next() - '0');
        }
        return (int) value;
    }

    /**
     * Reads up to and including {@code end} and returns the text before it; reads nothing and
     * returns "" if {@code end} is not near.
     */
    String upTo(int end) {
        StringBuilder taken = new StringBuilder();
        int limit = Math.min(codePoints.length, position + MAX_NAME_CHARS);
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
                    // Not a group.
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

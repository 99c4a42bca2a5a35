package tramontane.chat.dialect;

import java.util.Optional;

/** Reads JSON values and other text one after the other. */
final class JsonCursor {
    private static final int MAX_DEPTH = 512;

    private final String text;
    private int at;

    JsonCursor(String text, int at) {
        this.text = text;
        this.at = at;
    }

    boolean atEnd() {
        return at == text.length();
    }

    void skipSpace() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    /** Skips a brace if another one follows it. */
    boolean takeOuterBrace() {
        int before = at;
        if (take("{")) {
            skipSpace();
            if (text.startsWith("{", at)) {
                return true;
            }
        }
        at = before;
        return false;
    }

    /** Skips {@code expected} if the text continues with it. */
    boolean take(String expected) {
        boolean here = text.startsWith(expected, at);
        at += here ? expected.length() : 0;
        return here;
    }

    /** The longest run of characters of a tool's name; empty if there is none. */
    String name() {
        int from = at;
        while (at < text.length() && isOfName(text.charAt(at))) {
            at++;
        }
        return text.substring(from, at);
    }

    private static boolean isOfName(char c) {
        return c < 128 && Character.isLetterOrDigit(c) || c == '_' || c == '-';
    }

    /** A string without escapes, like keys and names. */
    Optional<String> plainString() {
        int from = at + 1;
        if (!string()) {
            return Optional.empty();
        }
        String letters = text.substring(from, at - 1);
        return letters.contains("\\") ? Optional.empty() : Optional.of(letters);
    }

    /** The text of a value; empty if it is malformed, and then the cursor must not be used. */
    Optional<String> value() {
        int from = at;
        return value(0) ? Optional.of(text.substring(from, at)) : Optional.empty();
    }

    /** The text of an object; empty if it is malformed or another value. */
    Optional<String> object() {
        return at < text.length() && text.charAt(at) == '{' ? value() : Optional.empty();
    }

    /** The same of an object that a string spells. */
    Optional<String> spelledObject() {
        int from = at + 1;
        if (!string()) {
            return Optional.empty();
        }
        String spelled = unescaped(text.substring(from, at - 1));
        JsonCursor inner = new JsonCursor(spelled, 0);
        inner.skipSpace();
        Optional<String> object = inner.object();
        inner.skipSpace();
        return object.filter(each -> inner.atEnd());
    }

    private static String unescaped(String letters) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < letters.length(); i++) {
            char c = letters.charAt(i);
            if (c != '\\') {
                text.append(c);
            } else if (letters.charAt(++i) == 'u') {
                text.append((char) Integer.parseInt(letters, i + 1, i + 5, 16));
                i += 4;
            } else {
                int known = "bfnrt".indexOf(letters.charAt(i));
                text.append(known < 0 ? letters.charAt(i) : "\b\f\n\r\t".charAt(known));
            }
        }
        return text.toString();
    }

    private boolean value(int depth) {
        if (depth > MAX_DEPTH || atEnd()) {
            return false;
        }
        return switch (text.charAt(at)) {
            case '{' -> members('}', true, depth);
            case '[' -> members(']', false, depth);
            case '"' -> string();
            case 't' -> take("true");
            case 'f' -> take("false");
            case 'n' -> take("null");
            default -> number();
        };
    }

    private boolean members(char close, boolean keys, int depth) {
        at++;
        skipSpace();
        if (take(String.valueOf(close))) {
            return true;
        }
        while (true) {
            skipSpace();
            if (keys && !key()) {
                return false;
            }
            if (!value(depth + 1)) {
                return false;
            }
            skipSpace();
            if (take(String.valueOf(close))) {
                return true;
            }
            if (!take(",")) {
                return false;
            }
        }
    }

    private boolean key() {
        if (!string()) {
            return false;
        }
        skipSpace();
        boolean colon = take(":");
        skipSpace();
        return colon;
    }

    private boolean string() {
        if (!take("\"")) {
            return false;
        }
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return true;
            }
            if (c < ' ' || c == '\\' && !escape()) {
                return false;
            }
        }
        return false;
    }

    private boolean escape() {
        if (atEnd()) {
            return false;
        }
        char c = text.charAt(at++);
        if (c != 'u') {
            return "\"\\/bfnrt".indexOf(c) >= 0;
        }
        for (int end = at + 4; at < end; at++) {
            if (at >= text.length() || Character.digit(text.charAt(at), 16) < 0) {
                return false;
            }
        }
        return true;
    }

    private boolean number() {
        boolean unused = take("-");
        if (!take("0") && !digits()) {
            return false;
        }
        if (take(".") && !digits()) {
            return false;
        }
        if (take("e") || take("E")) {
            unused = take("+") || take("-");
            return digits();
        }
        return true;
    }

    private boolean digits() {
        int from = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        return at > from;
    }
}

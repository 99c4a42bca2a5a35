package tramontane.chat.dialect;

import java.util.Optional;

/** Reads JSON values out of a longer text, one after the other, and says where each ends. */
final class JsonCursor {
    private static final int DEPTH_MAX = 512;

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

    /** Takes a brace if another one follows it. */
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

    /** Takes {@code expected} if it stands here. */
    boolean take(String expected) {
        boolean here = text.startsWith(expected, at);
        at += here ? expected.length() : 0;
        return here;
    }

    /** The longest run of letters a tool's name may have; empty if there is none. */
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

    /** A string without escapes, as keys and names have none. */
    Optional<String> plainString() {
        int from = at + 1;
        if (!string()) {
            return Optional.empty();
        }
        String letters = text.substring(from, at - 1);
        return letters.contains("\\") ? Optional.empty() : Optional.of(letters);
    }

    /** The letters of a value, which must be well-formed; the cursor is lost where it is not. */
    Optional<String> value() {
        int from = at;
        return value(0) ? Optional.of(text.substring(from, at)) : Optional.empty();
    }

    /** The same of an object. */
    Optional<String> object() {
        return at < text.length() && text.charAt(at) == '{' ? value() : Optional.empty();
    }

    private boolean value(int depth) {
        if (depth > DEPTH_MAX || atEnd()) {
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

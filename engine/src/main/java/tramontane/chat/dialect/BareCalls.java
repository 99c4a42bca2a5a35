package tramontane.chat.dialect;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Checks, while an answer is being generated, whether it can still consist only of calls without
 * the marks of their family, which small models often write:
 *
 * <pre>
 * {"name": "f", "arguments": {…}}          on one line or indented, one or several,
 * {{"name": "f", "arguments": {…}}}        in double braces,
 * [{"name": "f", …}, {"name": "g", …}]     as a list,
 * ```json⏎ … ⏎```                          and any of these in a code block
 * </pre>
 *
 * <p>It recognizes only the beginning and the end of a call, so that other text is released after
 * its first letters. {@link CallReader} parses the held text. Not thread-safe.
 */
final class BareCalls {
    enum State {
        /** The text can consist only of calls. */
        POSSIBLE,
        /** It is text, regardless of what follows. */
        TEXT,
        /** The maximum of calls is complete, and another one starts. */
        FULL
    }

    private final Pattern head;
    private final List<String> tags;
    private final int maxCalls;
    private final StringBuilder held = new StringBuilder();
    private State state = State.POSSIBLE;

    /** The text before this position has been examined. */
    private int at;

    /** Nesting depth within a call; 0 between calls. */
    private int depth;

    private boolean inString;
    private boolean escaped;
    private int calls;
    private int lastEnd;

    /**
     * @param names of the tools that may be called
     * @param tags of the family, which may be incomplete around a call
     * @param maxCalls maximum of calls
     */
    BareCalls(List<String> names, List<String> tags, int maxCalls) {
        String name = names.stream().map(Pattern::quote).collect(Collectors.joining("|"));
        // The arguments may also come first. An object with neither is not a call.
        this.head =
                Pattern.compile(
                        "\\{\\s*(\"(id|type)\"\\s*:\\s*\"[^\"]*\"\\s*,\\s*)*+"
                                + "(\"function\"\\s*:\\s*\\{\\s*)?+"
                                + "(\"name\"\\s*:\\s*\"("
                                + name
                                + ")\"\\s*,|\"(arguments|parameters)\"\\s*:\\s*[{\"])");
        this.tags = tags;
        this.maxCalls = maxCalls;
    }

    /** Adds text of the answer. */
    State push(String text) {
        if (state != State.FULL) {
            held.append(text);
        }
        while (state == State.POSSIBLE && at < held.length()) {
            boolean moved = depth > 0 ? within() : between();
            if (!moved) {
                return state;
            }
        }
        return state;
    }

    /** The text so far, without that behind the last call that counts. */
    String held() {
        return held.toString();
    }

    /** The held text up to the end of the last complete call; empty if there is none. */
    String complete() {
        return held.substring(0, lastEnd);
    }

    /** True if the held text is not blank, so a call may have started. */
    boolean hasStarted() {
        return !held.toString().isBlank();
    }

    /** True if the next character is not within a call. */
    boolean isBetweenCalls() {
        return depth == 0 && at == held.length();
    }

    private boolean within() {
        char c = held.charAt(at++);
        if (inString) {
            inString = escaped || c != '"';
            escaped = !escaped && c == '\\';
        } else if (c == '"') {
            inString = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            calls++;
            lastEnd = at;
        }
        return true;
    }

    /** Skips what may be between calls. Returns false if more text is needed. */
    private boolean between() {
        char c = held.charAt(at);
        if (Character.isWhitespace(c) || ",;[]}".indexOf(c) >= 0) {
            at++;
            return true;
        }
        if (c == '`') {
            return fence();
        }
        if (c == '{') {
            return start();
        }
        return tag();
    }

    /** Skips three backquotes and the name of a language. */
    private boolean fence() {
        int to = at;
        while (to < held.length() && to < at + 3 && held.charAt(to) == '`') {
            to++;
        }
        if (to < held.length() && to < at + 3) {
            state = State.TEXT;
            return true;
        }
        while (to < held.length()
                && (Character.isLetter(held.charAt(to)) || held.charAt(to) == '_')) {
            to++;
        }
        if (to == held.length()) {
            return false;
        }
        at = to;
        return true;
    }

    private boolean start() {
        Matcher matcher = head.matcher(held).region(at, held.length());
        if (matcher.lookingAt()) {
            if (calls == maxCalls) {
                held.setLength(at);
                state = State.FULL;
                return true;
            }
            depth = 1;
            at++;
            return true;
        }
        boolean more = matcher.hitEnd();
        int next = at + 1;
        while (next < held.length() && Character.isWhitespace(held.charAt(next))) {
            next++;
        }
        if (next < held.length() && held.charAt(next) == '{') {
            // The outer brace of double braces.
            at++;
            return true;
        }
        if (!more) {
            state = State.TEXT;
        }
        return !more;
    }

    private boolean tag() {
        Optional<String> started =
                tags.stream()
                        .filter(tag -> {
                            int length = Math.min(tag.length(), held.length() - at);
                            return tag.startsWith(held.substring(at, at + length));
                        })
                        .findFirst();
        if (started.isEmpty()) {
            state = State.TEXT;
            return true;
        }
        boolean whole = held.length() - at >= started.get().length();
        at += whole ? started.get().length() : 0;
        return whole;
    }
}

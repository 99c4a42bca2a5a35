package tramontane.chat.dialect;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Tells, while an answer comes, whether it may still turn out to be nothing but calls written
 * without the marks of their family, as small models write them:
 *
 * <pre>
 * {"name": "f", "arguments": {…}}          on one line or indented, one or several,
 * {{"name": "f", "arguments": {…}}}        in double braces,
 * [{"name": "f", …}, {"name": "g", …}]     as a list,
 * ```json⏎ … ⏎```                          and any of these in a block of code
 * </pre>
 *
 * <p>It only looks at what a call begins with and where it ends, so that other text is let go of at
 * its first letters; {@link CallReader} reads what was held. For one thread.
 */
final class BareCalls {
    enum State {
        /** All of it can be calls. */
        POSSIBLE,
        /** It is text, whatever follows. */
        TEXT,
        /** The one call that may be made is complete, and another one begins behind it. */
        FULL
    }

    private final Pattern head;
    private final List<String> tags;
    private final int callsMax;
    private final StringBuilder held = new StringBuilder();
    private State state = State.POSSIBLE;

    /** What is before this place was looked at. */
    private int at;

    /** Objects and lists that are open within a call; 0 between calls. */
    private int depth;

    private boolean inString;
    private boolean escaped;
    private int calls;
    private int lastEnd;

    /**
     * @param names of the tools that may be called
     * @param tags that may stand around a call where models have half forgotten them
     * @param callsMax how many calls count
     */
    BareCalls(List<String> names, List<String> tags, int callsMax) {
        String name = names.stream().map(Pattern::quote).collect(Collectors.joining("|"));
        // The arguments may also come first; what has neither is no call.
        this.head =
                Pattern.compile(
                        "\\{\\s*(\"(id|type)\"\\s*:\\s*\"[^\"]*\"\\s*,\\s*)*+"
                                + "(\"function\"\\s*:\\s*\\{\\s*)?+"
                                + "(\"name\"\\s*:\\s*\"("
                                + name
                                + ")\"\\s*,|\"(arguments|parameters)\"\\s*:\\s*\\{)");
        this.tags = tags;
        this.callsMax = callsMax;
    }

    /** Takes more of the answer. */
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

    /** All that was taken and is not known to be behind the last call that counts. */
    String held() {
        return held.toString();
    }

    /** What was held up to the end of the last complete call; empty where there is none. */
    String complete() {
        return held.substring(0, lastEnd);
    }

    /** Whether something else than space was held, and so a call may have begun. */
    boolean begun() {
        return !held.toString().isBlank();
    }

    /** Whether the next letter belongs to no call. */
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

    /** Moves over what may stand between calls; false where more has to come first. */
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
            return begin();
        }
        return tag();
    }

    /** Moves over three backquotes and the name of a language. */
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

    private boolean begin() {
        Matcher matcher = head.matcher(held).region(at, held.length());
        if (matcher.lookingAt()) {
            if (calls == callsMax) {
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
            // The outer one of double braces.
            at++;
            return true;
        }
        if (!more) {
            state = State.TEXT;
        }
        return !more;
    }

    private boolean tag() {
        Optional<String> begun =
                tags.stream()
                        .filter(tag -> {
                            int length = Math.min(tag.length(), held.length() - at);
                            return tag.startsWith(held.substring(at, at + length));
                        })
                        .findFirst();
        if (begun.isEmpty()) {
            state = State.TEXT;
            return true;
        }
        boolean whole = held.length() - at >= begun.get().length();
        at += whole ? begun.get().length() : 0;
        return whole;
    }
}

package tramontane.chat.dialect;

import java.util.List;

/**
 * Removes the Markdown code fence around an answer in JSON. Many models write one even if they are
 * instructed not to, and a mask that forbids it can change the JSON that they write.
 *
 * <pre>
 * ```json⏎ {"city": "Paris"} ⏎```
 * </pre>
 *
 * <p>JSON does not start with a backquote and has no line breaks within its tokens, so the fence
 * cannot be confused with JSON.
 */
final class FenceScanner {
    private enum State {
        BEFORE,
        FENCED,
        NOT_FENCED
    }

    private final MarkScanner closing = new MarkScanner(List.of("\n```"));
    private final StringBuilder opening = new StringBuilder();
    private State state = State.BEFORE;

    /** Adds a piece of the answer, and returns the JSON in it. */
    String text(String text) {
        return switch (state) {
            case BEFORE -> before(text);
            case FENCED -> closing.found() ? "" : closing.push(text);
            case NOT_FENCED -> text;
        };
    }

    private String before(String text) {
        opening.append(text);
        if (opening.isEmpty()) {
            return "";
        }
        if (opening.charAt(0) != '`') {
            state = State.NOT_FENCED;
            return opening.toString();
        }
        int line = opening.indexOf("\n");
        if (line < 0) {
            return "";
        }
        state = State.FENCED;
        return text(opening.substring(line + 1));
    }
}

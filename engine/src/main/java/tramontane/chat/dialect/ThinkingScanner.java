package tramontane.chat.dialect;

import java.util.List;

/** Separates the thinking at the beginning of an answer from the text behind it. */
final class ThinkingScanner {
    /** The thinking and the text of a piece. One is empty unless the piece contains the border. */
    record Cut(String thinking, String answer) {}

    private enum State {
        BEFORE,
        THINKING,
        /** Behind the thinking, where line breaks still belong to the mark. */
        AFTER,
        ANSWER
    }

    private final ThinkingFormat format;
    private final MarkScanner end;
    private final StringBuilder held = new StringBuilder();
    private State state;
    private boolean started;

    /**
     * @param open true if the prompt ended within thinking
     */
    ThinkingScanner(ThinkingFormat format, boolean open) {
        this.format = format;
        this.state = open ? State.THINKING : State.BEFORE;
        this.end =
                new MarkScanner(
                        format.end().control().isPresent()
                                ? List.of()
                                : List.of(format.end().text()));
    }

    boolean isThinking() {
        return state == State.THINKING;
    }

    Cut text(String text) {
        return switch (state) {
            case BEFORE -> before(text);
            case THINKING -> within(text);
            case AFTER -> new Cut("", afterMark(text));
            case ANSWER -> new Cut("", text);
        };
    }

    /** Returns true if the token is one of the marks. */
    boolean control(int token) {
        if (state == State.BEFORE && format.begin().isControl(token)) {
            held.setLength(0);
            state = State.THINKING;
            return true;
        }
        if (state == State.THINKING && format.end().isControl(token)) {
            held.setLength(0);
            state = State.AFTER;
            return true;
        }
        return false;
    }

    /** Returns the text that was held back, at the end or before a control token. */
    Cut flush() {
        String rest = state == State.THINKING ? withoutOuterBreaks(end.flush()) : held.toString();
        held.setLength(0);
        boolean thinking = state == State.THINKING;
        state = thinking ? state : State.ANSWER;
        return thinking ? new Cut(rest, "") : new Cut("", rest);
    }

    private Cut before(String text) {
        held.append(text);
        String soFar = held.toString();
        String stripped = soFar.stripLeading();
        String mark = format.begin().control().isPresent() ? "" : format.begin().text();
        if (!mark.isEmpty() && stripped.startsWith(mark)) {
            held.setLength(0);
            state = State.THINKING;
            return within(stripped.substring(mark.length()));
        }
        if (stripped.isEmpty() || mark.startsWith(stripped)) {
            return new Cut("", "");
        }
        held.setLength(0);
        state = State.ANSWER;
        return new Cut("", soFar);
    }

    private Cut within(String text) {
        String thinking = withoutOuterBreaks(end.push(text));
        if (!end.found()) {
            return new Cut(thinking, "");
        }
        held.setLength(0);
        state = State.AFTER;
        return new Cut(thinking, afterMark(end.flush().substring(format.end().text().length())));
    }

    /** Holds line breaks back until text follows them, because those next to a mark are dropped. */
    private String withoutOuterBreaks(String text) {
        if (!format.onOwnLines()) {
            return text;
        }
        held.append(text);
        int from = 0;
        while (!started && from < held.length() && held.charAt(from) == '\n') {
            from++;
        }
        int to = held.length();
        while (to > from && held.charAt(to - 1) == '\n') {
            to--;
        }
        String thinking = held.substring(from, to);
        started |= !thinking.isEmpty();
        held.delete(0, started ? to : from);
        return thinking;
    }

    private String afterMark(String text) {
        String answer = text;
        while (format.onOwnLines() && answer.startsWith("\n")) {
            answer = answer.substring(1);
        }
        if (!answer.isEmpty()) {
            state = State.ANSWER;
        }
        return answer;
    }
}

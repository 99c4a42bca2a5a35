package tramontane.chat.dialect;

import java.util.List;

/** Parts the thoughts at the beginning of an answer from what follows them. */
final class ThoughtScanner {
    /** Text on both sides of the border; one of them is empty unless the border was crossed. */
    record Cut(String thinking, String answer) {}

    private enum State {
        BEFORE,
        THINKING,
        /** Behind the thoughts, where line breaks still belong to their mark. */
        GAP,
        ANSWER
    }

    private final ThinkingFormat format;
    private final MarkScanner end;
    private final StringBuilder held = new StringBuilder();
    private State state;
    private boolean begun;

    /**
     * @param open whether the prompt ended within thoughts
     */
    ThoughtScanner(ThinkingFormat format, boolean open) {
        this.format = format;
        this.state = open ? State.THINKING : State.BEFORE;
        this.end =
                new MarkScanner(
                        format.end().control().isPresent()
                                ? List.of()
                                : List.of(format.end().text()));
    }

    boolean thinking() {
        return state == State.THINKING;
    }

    Cut text(String text) {
        return switch (state) {
            case BEFORE -> before(text);
            case THINKING -> within(text);
            case GAP -> new Cut("", gap(text));
            case ANSWER -> new Cut("", text);
        };
    }

    /** Whether the token is one of the marks, and so means nothing else. */
    boolean control(int token) {
        if (state == State.BEFORE && format.begin().isControl(token)) {
            held.setLength(0);
            state = State.THINKING;
            return true;
        }
        if (state == State.THINKING && format.end().isControl(token)) {
            held.setLength(0);
            state = State.GAP;
            return true;
        }
        return false;
    }

    /** What was held back, once no more text comes or a control token ends the waiting. */
    Cut flush() {
        String rest = state == State.THINKING ? spoken(end.flush()) : held.toString();
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
        String thought = spoken(end.push(text));
        if (!end.found()) {
            return new Cut(thought, "");
        }
        held.setLength(0);
        state = State.GAP;
        return new Cut(thought, gap(end.flush().substring(format.end().text().length())));
    }

    /** Line breaks are held until a thought follows them: those beside the marks are not told. */
    private String spoken(String text) {
        if (!format.onOwnLines()) {
            return text;
        }
        held.append(text);
        int from = 0;
        while (!begun && from < held.length() && held.charAt(from) == '\n') {
            from++;
        }
        int to = held.length();
        while (to > from && held.charAt(to - 1) == '\n') {
            to--;
        }
        String thought = held.substring(from, to);
        begun |= !thought.isEmpty();
        held.delete(0, begun ? to : from);
        return thought;
    }

    private String gap(String text) {
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

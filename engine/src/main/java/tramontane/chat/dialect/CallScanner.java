package tramontane.chat.dialect;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Parts calls from the text before them. Calls come at the end, all at once. */
final class CallScanner {
    private enum State {
        TEXT,
        CALLS,
        /** Nothing that follows can be a call. */
        ONLY_TEXT
    }

    private final AnswerParser.Calls expected;
    private final List<Mark> triggers;

    /** Looks for more at the answer's beginning than behind it. */
    private MarkScanner scanner;

    private boolean first = true;
    private final StringBuilder calls = new StringBuilder();
    private State state = State.TEXT;

    CallScanner(AnswerParser.Calls expected) {
        this.expected = expected;
        this.triggers = expected.format().triggers(expected.names());
        List<String> marks = new ArrayList<>(textMarks());
        if (!expected.onlyFirst()) {
            for (String name : expected.names()) {
                Untagged.of(expected.format(), name).forEach(each -> marks.add(each.head()));
            }
        }
        this.scanner = new MarkScanner(marks);
    }

    private List<String> textMarks() {
        return triggers.stream().filter(mark -> mark.control().isEmpty()).map(Mark::text).toList();
    }

    String text(String text) {
        return switch (state) {
            case ONLY_TEXT -> text;
            case CALLS -> {
                calls.append(text);
                yield "";
            }
            case TEXT -> scan(text);
        };
    }

    private String scan(String text) {
        String before = scanner.push(text);
        if (expected.onlyFirst() && !before.isEmpty()) {
            state = State.ONLY_TEXT;
            return before + scanner.flush();
        }
        if (first && !before.isEmpty()) {
            first = false;
            String rest = scanner.flush();
            scanner = new MarkScanner(textMarks());
            return before + scan(rest);
        }
        if (scanner.found()) {
            state = State.CALLS;
            calls.append(scanner.flush());
        }
        return before;
    }

    /** A control token, which is text for nobody; gives the text that was held back. */
    String control(int token, String spelling) {
        if (state == State.CALLS) {
            calls.append(spelling);
            return "";
        }
        if (state == State.ONLY_TEXT
                || triggers.stream().noneMatch(mark -> mark.isControl(token))) {
            return "";
        }
        String held = scanner.flush();
        if (expected.onlyFirst() && !held.isEmpty()) {
            state = State.ONLY_TEXT;
        } else {
            state = State.CALLS;
            calls.append(spelling);
        }
        return held;
    }

    List<AnswerPart> end() {
        if (state != State.CALLS) {
            return List.of(new AnswerPart.Text(scanner.flush()));
        }
        Optional<List<AnswerPart.Call>> read =
                new CallReader(expected.names()).read(expected.format(), calls.toString());
        return read.<List<AnswerPart>>map(ArrayList::new)
                .orElseGet(() -> List.of(new AnswerPart.Text(calls.toString())));
    }
}

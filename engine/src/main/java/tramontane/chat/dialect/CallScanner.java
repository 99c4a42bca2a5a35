package tramontane.chat.dialect;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Separates calls from the text before them. All calls are returned at the end. */
final class CallScanner {
    private enum State {
        /** The answer so far can consist only of calls without marks. */
        BARE,
        TEXT,
        CALLS,
        /** No text that follows can be a call. */
        ONLY_TEXT
    }

    private static final String EMPTY_JSON = "{}";

    private final AnswerParser.Calls expected;
    private final List<Mark> triggers;
    private final List<String> tags;
    private final MarkScanner scanner;
    private final BareCalls bare;
    private final StringBuilder calls = new StringBuilder();
    private State state;

    CallScanner(AnswerParser.Calls expected) {
        this.expected = expected;
        this.triggers =
                expected.marked() ? expected.format().triggers(expected.names()) : List.of();
        this.tags =
                expected.format() instanceof ToolFormat.Tagged(Mark open, Mark close, String _)
                        ? List.of(open.text(), close.text())
                        : List.of();
        this.scanner = new MarkScanner(textMarks());
        int maxCalls = expected.bare().maxCalls();
        this.bare = new BareCalls(expected.names(), tags, maxCalls);
        this.state = maxCalls == 0 ? State.TEXT : State.BARE;
    }

    private List<String> textMarks() {
        return triggers.stream().filter(mark -> mark.control().isEmpty()).map(Mark::text).toList();
    }

    /** True if the maximum of calls is reached and another one has started. */
    boolean isComplete() {
        return state == State.BARE && bare.push("") == BareCalls.State.FULL;
    }

    String text(String text) {
        return switch (state) {
            case ONLY_TEXT -> text;
            case CALLS -> {
                calls.append(text);
                yield "";
            }
            case TEXT -> scan(text);
            case BARE -> bare(text);
        };
    }

    private String bare(String text) {
        if (bare.push(text) != BareCalls.State.TEXT) {
            return "";
        }
        state = State.TEXT;
        return scan(bare.held());
    }

    private String scan(String text) {
        String before = scanner.push(text);
        if (expected.onlyFirst() && !before.isEmpty()) {
            state = State.ONLY_TEXT;
            return before + scanner.flush();
        }
        if (scanner.found()) {
            state = State.CALLS;
            calls.append(scanner.flush());
        }
        return before;
    }

    /** Adds a control token, and returns the text that was held back. */
    String control(int token, String spelling) {
        if (state == State.CALLS) {
            calls.append(spelling);
            return "";
        }
        if (state == State.BARE
                && bare.hasStarted()
                && bare.isBetweenCalls()
                && tags.contains(spelling)) {
            return bare(spelling);
        }
        if (state == State.ONLY_TEXT
                || triggers.stream().noneMatch(mark -> mark.isControl(token))) {
            return "";
        }
        String held = state == State.BARE ? bare.held() : scanner.flush();
        if (expected.onlyFirst() && !held.isBlank()) {
            state = State.ONLY_TEXT;
            return held;
        }
        state = State.CALLS;
        calls.append(spelling);
        return held;
    }

    /**
     * @param cut true if the answer ends at a limit; an incomplete call at its end is dropped
     */
    List<AnswerPart> end(boolean cut) {
        return switch (state) {
            case ONLY_TEXT -> List.of();
            case TEXT -> List.of(new AnswerPart.Text(scanner.flush()));
            case CALLS ->
                    new CallReader(expected.names())
                            .read(expected.format(), calls.toString())
                            .<List<AnswerPart>>map(ArrayList::new)
                            .orElseGet(() -> bareOrText(calls.toString()));
            case BARE ->
                    bareOrText(cut && !bare.complete().isEmpty() ? bare.complete() : bare.held());
        };
    }

    private List<AnswerPart> bareOrText(String text) {
        AnswerParser.Bare rule = expected.bare();
        Optional<List<AnswerPart.Call>> read =
                rule.maxCalls() == 0
                        ? Optional.empty()
                        : new CallReader(expected.names()).readBare(text, tags);
        if (read.filter(found -> found.stream().allMatch(rule.fits())).isEmpty()) {
            return List.of(new AnswerPart.Text(text));
        }
        if (rule.reported()) {
            return new ArrayList<>(
                    read.get().subList(0, Math.min(rule.maxCalls(), read.get().size())));
        }
        // An answer in JSON stays JSON, without the call.
        return expected.onlyFirst() ? List.of(new AnswerPart.Text(EMPTY_JSON)) : List.of();
    }
}

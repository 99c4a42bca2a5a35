package tramontane.chat.dialect;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Splits an answer into thinking, text and calls while it is being generated. The input is text in
 * pieces of any size, and control tokens between them. Calls are returned at the end, when they are
 * known to be complete. Not thread-safe.
 */
public final class AnswerParser {
    /**
     * How thinking is recognized.
     *
     * @param open true if the prompt ended within thinking
     */
    public record Thinking(ThinkingFormat format, boolean open) {}

    /**
     * How calls are recognized.
     *
     * @param marked true if calls with the format's marks are recognized
     * @param names of the tools that may be called
     * @param onlyFirst true if calls can only be at the beginning of an answer, because the strings
     *     of an answer in JSON are not calls
     */
    public record Calls(
            ToolFormat format, boolean marked, List<String> names, boolean onlyFirst, Bare bare) {
        public Calls {
            names = List.copyOf(names);
        }
    }

    /**
     * How an answer is read that consists only of calls without their family's marks.
     *
     * @param maxCalls maximum of calls; one more ends the answer. 0 if such an answer is text
     * @param fits true if a call's arguments match the schema of its tool; if those of one call do
     *     not, the answer is text
     * @param reported true if the calls are returned; otherwise the answer is empty, or an empty
     *     object if it must be JSON
     */
    public record Bare(int maxCalls, Predicate<AnswerPart.Call> fits, boolean reported) {
        /** Such an answer is text. */
        public static final Bare TEXT = new Bare(0, call -> false, true);
    }

    private final Optional<ThinkingScanner> thinking;
    private final Optional<FenceScanner> fence;
    private final Optional<CallScanner> calls;

    public AnswerParser(Optional<Thinking> thinking, Optional<Calls> calls) {
        this(thinking, calls, false);
    }

    /**
     * @param fenced true if the text is JSON that may be in a code fence
     */
    public AnswerParser(Optional<Thinking> thinking, Optional<Calls> calls, boolean fenced) {
        this.thinking = thinking.map(each -> new ThinkingScanner(each.format(), each.open()));
        this.fence = fenced ? Optional.of(new FenceScanner()) : Optional.empty();
        this.calls = calls.map(CallScanner::new);
    }

    /** True if the answer is complete, so that the model need not continue. */
    public boolean isComplete() {
        return calls.filter(CallScanner::isComplete).isPresent();
    }

    /** True if the answer is within thinking. */
    public boolean isThinking() {
        return thinking.filter(ThinkingScanner::isThinking).isPresent();
    }

    /** Adds text of the answer, and returns the parts that are known now. */
    public List<AnswerPart> text(String text) {
        return parts(
                thinking.map(scanner -> scanner.text(text))
                        .orElseGet(() -> new ThinkingScanner.Cut("", text)));
    }

    /** Adds a control token with its name, and returns the parts that are known now. */
    public List<AnswerPart> control(int token, String spelling) {
        if (thinking.isPresent()) {
            if (thinking.get().control(token) || isThinking()) {
                return List.of();
            }
        }
        List<AnswerPart> parts =
                new ArrayList<>(thinking.map(each -> parts(each.flush())).orElse(List.of()));
        calls.map(scanner -> scanner.control(token, spelling))
                .filter(text -> !text.isEmpty())
                .ifPresent(text -> parts.add(new AnswerPart.Text(text)));
        return parts;
    }

    /**
     * Ends the answer, and returns the text that was held back and the calls.
     *
     * @param cut true if the answer was ended by its limit and not by the model
     */
    public List<AnswerPart> end(boolean cut) {
        List<AnswerPart> parts =
                new ArrayList<>(thinking.map(each -> parts(each.flush())).orElse(List.of()));
        calls.ifPresent(scanner ->
                scanner.end(cut).stream()
                        .filter(part -> !part.equals(new AnswerPart.Text("")))
                        .forEach(parts::add));
        return parts;
    }

    private List<AnswerPart> parts(ThinkingScanner.Cut cut) {
        List<AnswerPart> parts = new ArrayList<>(2);
        if (!cut.thinking().isEmpty()) {
            parts.add(new AnswerPart.Thinking(cut.thinking()));
        }
        String answer = fence.map(scanner -> scanner.text(cut.answer())).orElse(cut.answer());
        String text = calls.map(scanner -> scanner.text(answer)).orElse(answer);
        if (!text.isEmpty()) {
            parts.add(new AnswerPart.Text(text));
        }
        return parts;
    }
}

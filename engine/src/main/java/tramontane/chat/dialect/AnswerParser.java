package tramontane.chat.dialect;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Cuts an answer into thinking, text and calls while it comes: text in pieces of any size, control
 * tokens between them. Calls are told at the end, when they are known to be whole. For one thread.
 */
public final class AnswerParser {
    /**
     * @param open whether the prompt ended within thoughts
     */
    public record Thoughts(ThinkingFormat format, boolean open) {}

    /**
     * @param marked whether calls with the format's marks are looked for
     * @param names of the tools that may be called
     * @param onlyFirst whether calls can only be the first thing of an answer: what an answer in
     *     JSON says within its strings is no call
     */
    public record Calls(
            ToolFormat format, boolean marked, List<String> names, boolean onlyFirst, Bare bare) {
        public Calls {
            names = List.copyOf(names);
        }
    }

    /**
     * How an answer is read that is nothing but calls without their family's marks.
     *
     * @param callsMax how many calls count; another one ends the answer. 0 where such an answer is
     *     text
     * @param fits whether a call's arguments fit the schema of its tool; where one does not, the
     *     answer is text
     * @param told whether the calls are told; else the answer is left empty
     */
    public record Bare(int callsMax, Predicate<AnswerPart.Call> fits, boolean told) {
        /** Such an answer is text. */
        public static final Bare TEXT = new Bare(0, call -> false, true);
    }

    private final Optional<ThoughtScanner> thoughts;
    private final Optional<CallScanner> calls;

    public AnswerParser(Optional<Thoughts> thoughts, Optional<Calls> calls) {
        this.thoughts = thoughts.map(each -> new ThoughtScanner(each.format(), each.open()));
        this.calls = calls.map(CallScanner::new);
    }

    /** Whether the answer is complete, whatever the model would go on with. */
    public boolean over() {
        return calls.filter(CallScanner::over).isPresent();
    }

    /** Whether the model thinks at this point. */
    public boolean thinking() {
        return thoughts.filter(ThoughtScanner::thinking).isPresent();
    }

    public List<AnswerPart> text(String text) {
        return parts(
                thoughts.map(scanner -> scanner.text(text))
                        .orElseGet(() -> new ThoughtScanner.Cut("", text)));
    }

    /** A control token and what it is called. */
    public List<AnswerPart> control(int token, String spelling) {
        if (thoughts.isPresent()) {
            if (thoughts.get().control(token) || thinking()) {
                return List.of();
            }
        }
        List<AnswerPart> parts =
                new ArrayList<>(thoughts.map(each -> parts(each.flush())).orElse(List.of()));
        calls.map(scanner -> scanner.control(token, spelling))
                .filter(text -> !text.isEmpty())
                .ifPresent(text -> parts.add(new AnswerPart.Text(text)));
        return parts;
    }

    /**
     * The end of the answer: what was held back, and the calls.
     *
     * @param cut whether the answer ends at its limit and not by the model's will
     */
    public List<AnswerPart> end(boolean cut) {
        List<AnswerPart> parts =
                new ArrayList<>(thoughts.map(each -> parts(each.flush())).orElse(List.of()));
        calls.ifPresent(scanner ->
                scanner.end(cut).stream()
                        .filter(part -> !part.equals(new AnswerPart.Text("")))
                        .forEach(parts::add));
        return parts;
    }

    private List<AnswerPart> parts(ThoughtScanner.Cut cut) {
        List<AnswerPart> parts = new ArrayList<>(2);
        if (!cut.thinking().isEmpty()) {
            parts.add(new AnswerPart.Thinking(cut.thinking()));
        }
        String text = calls.map(scanner -> scanner.text(cut.answer())).orElse(cut.answer());
        if (!text.isEmpty()) {
            parts.add(new AnswerPart.Text(text));
        }
        return parts;
    }
}

package tramontane.chat.dialect;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
     * @param names of the tools that may be called
     * @param onlyFirst whether calls can only be the first thing of an answer: what an answer in
     *     JSON says within its strings is no call
     */
    public record Calls(ToolFormat format, List<String> names, boolean onlyFirst) {
        public Calls {
            names = List.copyOf(names);
        }
    }

    private final Optional<ThoughtScanner> thoughts;
    private final Optional<CallScanner> calls;

    public AnswerParser(Optional<Thoughts> thoughts, Optional<Calls> calls) {
        this.thoughts = thoughts.map(each -> new ThoughtScanner(each.format(), each.open()));
        this.calls = calls.map(CallScanner::new);
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

    /** The end of the answer: what was held back, and the calls. */
    public List<AnswerPart> end() {
        List<AnswerPart> parts =
                new ArrayList<>(thoughts.map(each -> parts(each.flush())).orElse(List.of()));
        calls.ifPresent(scanner ->
                scanner.end().stream()
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

package tramontane.chat.dialect;

import java.util.Optional;
import java.util.stream.Stream;
import tramontane.chat.RenderedPrompt;
import tramontane.token.Tokenizer;

/**
 * How a model sets its thoughts apart.
 *
 * @param onOwnLines whether line breaks beside the marks belong to them and not to the thoughts
 * @param switched whether the template takes {@code enable_thinking}
 */
public record ThinkingFormat(Mark begin, Mark end, boolean onOwnLines, boolean switched) {
    /** The form a template's source speaks of; nothing where its model does not think. */
    static Optional<ThinkingFormat> of(String source, Tokenizer tokenizer) {
        boolean switched = source.contains("enable_thinking");
        return Stream.of("THINK]", "think>")
                .filter(name -> {
                    String open = name.endsWith("]") ? "[" : "<";
                    return source.contains(open + name) && source.contains(open + "/" + name);
                })
                .findFirst()
                .map(name -> {
                    boolean tags = name.endsWith(">");
                    String open = tags ? "<" : "[";
                    return new ThinkingFormat(
                            Mark.of(open + name, tokenizer),
                            Mark.of(open + "/" + name, tokenizer),
                            tags,
                            switched);
                });
    }

    /** Whether a prompt ends in the middle of thoughts that its template began. */
    public boolean isOpenAtEndOf(RenderedPrompt prompt) {
        return !prompt.spans().isEmpty()
                && prompt.spans().getLast().trusted()
                && prompt.text().stripTrailing().endsWith(begin.text());
    }

    /** What stands between the last thought and the answer. */
    public String closing() {
        return end.text() + (onOwnLines ? "\n\n" : "");
    }
}

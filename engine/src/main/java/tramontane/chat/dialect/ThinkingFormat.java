package tramontane.chat.dialect;

import java.util.Optional;
import java.util.stream.Stream;
import tramontane.chat.RenderedPrompt;
import tramontane.token.Tokenizer;

/**
 * The marks around a model's thinking.
 *
 * @param onOwnLines true if line breaks next to the marks belong to them and not to the thinking
 * @param switched true if the template reads {@code enable_thinking}
 */
public record ThinkingFormat(Mark begin, Mark end, boolean onOwnLines, boolean switched) {
    /** The format that a template's source mentions; empty if the model has no thinking. */
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

    /** True if a prompt ends with an opening mark that the template wrote. */
    public boolean isOpenAtEndOf(RenderedPrompt prompt) {
        return !prompt.spans().isEmpty()
                && prompt.spans().getLast().trusted()
                && prompt.text().stripTrailing().endsWith(begin.text());
    }

    /** The text between the thinking and the answer. */
    public String closing() {
        return end.text() + (onOwnLines ? "\n\n" : "");
    }
}

package tramontane.chat.dialect;

import java.util.List;
import java.util.OptionalInt;
import tramontane.token.Span;
import tramontane.token.Tokenizer;

/**
 * A mark that structures an answer, such as {@code <think>} or {@code [TOOL_CALLS]}.
 *
 * @param control the control token of the mark; empty if it is ordinary text
 */
public record Mark(String text, OptionalInt control) {
    /** The mark in the vocabulary of a tokenizer. */
    public static Mark of(String text, Tokenizer tokenizer) {
        int[] tokens = tokenizer.encode(List.of(new Span(text, true)));
        boolean isControl = tokens.length == 1 && tokenizer.isControl(tokens[0]);
        return new Mark(text, isControl ? OptionalInt.of(tokens[0]) : OptionalInt.empty());
    }

    static Mark text(String text) {
        return new Mark(text, OptionalInt.empty());
    }

    boolean isControl(int token) {
        return control.isPresent() && control.getAsInt() == token;
    }
}

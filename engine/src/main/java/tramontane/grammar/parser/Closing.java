package tramontane.grammar.parser;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** Collects the tokens of a closing sequence: texts, with control tokens between them. */
final class Closing {
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private final List<Integer> tokens = new ArrayList<>();
    private final GrammarContext context;

    Closing(GrammarContext context) {
        this.context = context;
    }

    void append(int label) {
        text.write(label);
    }

    void append(byte[] bytes, int from) {
        text.write(bytes, from, bytes.length - from);
    }

    void control(int token) {
        flush();
        tokens.add(token);
    }

    /** An upper bound of the number of tokens, found without splitting the text into tokens. */
    int length() {
        return text.size() + tokens.size();
    }

    int[] tokens() {
        flush();
        return tokens.stream().mapToInt(Integer::intValue).toArray();
    }

    private void flush() {
        context.spell(text.toByteArray(), tokens);
        text.reset();
    }
}

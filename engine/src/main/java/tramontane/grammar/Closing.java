package tramontane.grammar;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** A way to the end, as it is put together: texts, and control tokens between them. */
final class Closing {
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private final List<Integer> tokens = new ArrayList<>();
    private final Machine machine;

    Closing(Machine machine) {
        this.machine = machine;
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

    /** At least as many as there will be tokens, without spelling the text. */
    int length() {
        return text.size() + tokens.size();
    }

    int[] tokens() {
        flush();
        return tokens.stream().mapToInt(Integer::intValue).toArray();
    }

    private void flush() {
        machine.spell(text.toByteArray(), tokens);
        text.reset();
    }
}

package tramontane.chat;

import java.util.List;
import java.util.stream.Collectors;

/** A part of a message's content: text or thinking. */
public sealed interface Chunk {
    record Text(String text) implements Chunk {}

    /** The thinking before an answer. Callers send it back in later turns. */
    record Thinking(List<Text> thinking, boolean closed) implements Chunk {
        /** The text of all parts. */
        public String text() {
            return thinking.stream().map(Text::text).collect(Collectors.joining());
        }
    }
}

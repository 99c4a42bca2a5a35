package tramontane.chat;

import java.util.List;
import java.util.stream.Collectors;

/** A part of a message's content that a text model can read. */
public sealed interface Chunk {
    record Text(String text) implements Chunk {}

    /** What a reasoning model thought before it answered; callers replay it in later turns. */
    record Thinking(List<Text> thinking, boolean closed) implements Chunk {
        /** All of it, joined. */
        public String text() {
            return thinking.stream().map(Text::text).collect(Collectors.joining());
        }
    }
}

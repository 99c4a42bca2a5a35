package tramontane.chat;

import java.util.List;

/** A part of a message's content that a text model can read. */
public sealed interface Chunk {
    record Text(String text) implements Chunk {}

    /** What a reasoning model thought before it answered; callers replay it in later turns. */
    record Thinking(List<Text> thinking, boolean closed) implements Chunk {}
}

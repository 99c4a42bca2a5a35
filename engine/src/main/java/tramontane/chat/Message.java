package tramontane.chat;

import java.util.List;
import java.util.Optional;

/**
 * One turn of a conversation: the same record from the wire to the template.
 *
 * @param prefix whether the answer must go on from this (assistant, last) message's text
 */
public record Message(
        Role role,
        List<Chunk> content,
        List<ToolCall> toolCalls,
        Optional<String> toolCallId,
        Optional<String> name,
        boolean prefix) {
    public Message {
        content = List.copyOf(content);
        toolCalls = List.copyOf(toolCalls);
    }

    /** A message that is nothing but text. */
    public static Message text(Role role, String text) {
        return new Message(
                role,
                List.of(new Chunk.Text(text)),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                false);
    }

    /** The text chunks, joined. */
    public String text() {
        StringBuilder text = new StringBuilder();
        for (Chunk chunk : content) {
            if (chunk instanceof Chunk.Text(String part)) {
                text.append(part);
            }
        }
        return text.toString();
    }
}

package tramontane.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One turn of a conversation. The same record is used from the wire to the template.
 *
 * @param prefix true if the answer must continue the text of this message, which is the last one
 *     and an assistant's
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

    /** A message with only text. */
    public static Message text(Role role, String text) {
        return new Message(
                role,
                List.of(new Chunk.Text(text)),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                false);
    }

    /** An assistant's message with only calls. */
    public static Message calling(List<ToolCall> calls) {
        return new Message(
                Role.ASSISTANT, List.of(), calls, Optional.empty(), Optional.empty(), false);
    }

    /** The result of a call. */
    public static Message result(ToolCall call, String text) {
        return new Message(
                Role.TOOL,
                List.of(new Chunk.Text(text)),
                List.of(),
                Optional.of(call.id()),
                Optional.of(call.name()),
                false);
    }

    /** A copy of this message with a paragraph before its content. */
    public Message withFirst(String paragraph) {
        return text(role, paragraph).followedBy(this);
    }

    /** A copy of this message with a paragraph behind its content. */
    public Message withLast(String paragraph) {
        return followedBy(text(role, paragraph));
    }

    /** A copy of this message with another role. */
    Message as(Role other) {
        return new Message(other, content, toolCalls, toolCallId, name, prefix);
    }

    /** Joins this message and the next one of the same role; each is a paragraph. */
    Message followedBy(Message next) {
        return joined(List.of(this, next));
    }

    /** Joins messages of one role; each is a paragraph. */
    static Message joined(List<Message> messages) {
        List<Chunk> content = new ArrayList<>();
        List<ToolCall> calls = new ArrayList<>();
        boolean blank = true;
        for (Message message : messages) {
            if (!blank && !message.isBlank()) {
                content.add(new Chunk.Text("\n\n"));
            }
            blank &= message.isBlank();
            content.addAll(message.content);
            calls.addAll(message.toolCalls);
        }
        return new Message(
                messages.getFirst().role,
                content,
                calls,
                messages.stream().flatMap(each -> each.toolCallId.stream()).findFirst(),
                messages.stream().flatMap(each -> each.name.stream()).findFirst(),
                messages.stream().anyMatch(Message::prefix));
    }

    private boolean isBlank() {
        return content.stream()
                .allMatch(chunk -> chunk instanceof Chunk.Text(String text) && text.isEmpty());
    }

    /** The thinking chunks. */
    public List<Chunk.Thinking> thinking() {
        return content.stream()
                .filter(Chunk.Thinking.class::isInstance)
                .map(Chunk.Thinking.class::cast)
                .toList();
    }

    /** The pictures, in order. */
    public List<Chunk.Image> images() {
        return content.stream()
                .filter(Chunk.Image.class::isInstance)
                .map(Chunk.Image.class::cast)
                .toList();
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

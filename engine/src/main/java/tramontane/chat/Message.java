package tramontane.chat;

import java.util.ArrayList;
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

    /** An assistant's message that is nothing but calls. */
    public static Message calling(List<ToolCall> calls) {
        return new Message(
                Role.ASSISTANT, List.of(), calls, Optional.empty(), Optional.empty(), false);
    }

    /** What came of a call. */
    public static Message result(ToolCall call, String text) {
        return new Message(
                Role.TOOL,
                List.of(new Chunk.Text(text)),
                List.of(),
                Optional.of(call.id()),
                Optional.of(call.name()),
                false);
    }

    /** The same message with a paragraph in front of all that it says. */
    public Message withFirst(String paragraph) {
        return text(role, paragraph).followedBy(this);
    }

    /** The same message with a paragraph behind all that it says. */
    public Message withLast(String paragraph) {
        return followedBy(text(role, paragraph));
    }

    /** The same content from another role. */
    Message as(Role other) {
        return new Message(other, content, toolCalls, toolCallId, name, prefix);
    }

    /** This message and the next one of the same role in one, each with paragraphs of its own. */
    Message followedBy(Message next) {
        return joined(List.of(this, next));
    }

    /** Messages of one role in one, each with paragraphs of its own. */
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
    public List<Chunk.Thinking> thoughts() {
        return content.stream()
                .filter(Chunk.Thinking.class::isInstance)
                .map(Chunk.Thinking.class::cast)
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

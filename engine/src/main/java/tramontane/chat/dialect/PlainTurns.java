package tramontane.chat.dialect;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tramontane.chat.Chunk;
import tramontane.chat.JsonLine;
import tramontane.chat.Message;
import tramontane.chat.Role;
import tramontane.chat.ToolCall;

/**
 * Writes calls and results as sentences, for a model that must not call now. A model that reads
 * calls in its own format tends to write another one: Qwen2.5-Coder 0.5B repeated the call instead
 * of answering, and answers when it reads these sentences.
 */
public final class PlainTurns {
    private PlainTurns() {}

    /** Returns the conversation without tool messages and calls. */
    public static List<Message> write(List<Message> messages) {
        UserTurns written = new UserTurns();
        boolean resultBefore = false;
        for (Message message : messages) {
            boolean result = message.role() == Role.TOOL;
            if (result || resultBefore && message.role() == Role.USER) {
                written.say(result ? result(message) : message.text());
            } else {
                written.add(message.toolCalls().isEmpty() ? message : called(message));
            }
            resultBefore = result || resultBefore && message.role() == Role.USER;
        }
        return written.messages();
    }

    private static String result(Message message) {
        String of = message.name().map(name -> " of " + name).orElse("");
        return "Result" + of + ": " + message.text();
    }

    private static Message called(Message message) {
        List<Chunk> content = new ArrayList<>(message.content());
        String space = message.text().isEmpty() ? "" : "\n";
        String calls =
                message.toolCalls().stream()
                        .map(PlainTurns::called)
                        .collect(Collectors.joining("\n"));
        content.add(new Chunk.Text(space + calls));
        return new Message(
                Role.ASSISTANT,
                content,
                List.of(),
                message.toolCallId(),
                message.name(),
                message.prefix());
    }

    private static String called(ToolCall call) {
        String with =
                call.arguments() instanceof Map<?, ?> arguments
                        ? arguments.entrySet().stream()
                                .map(each -> each.getKey() + ": " + plain(each.getValue()))
                                .collect(Collectors.joining(", "))
                        : call.arguments().toString();
        return "I called " + call.name() + (with.isBlank() ? "" : " with " + with) + ".";
    }

    private static String plain(Object value) {
        return value instanceof String text ? text : JsonLine.of(value);
    }
}

package tramontane.chat.dialect;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import tramontane.chat.Message;
import tramontane.chat.Role;
import tramontane.chat.ToolCall;

/**
 * Gives every call of a conversation an id of nine letters and digits, which Mistral's templates
 * require, and every result the id and the name of its call. Valid ids are not changed.
 */
public final class CallIds {
    private static final Pattern NINE = Pattern.compile("[a-zA-Z0-9]{9}");
    private static final int RADIX = 36;

    /** The id that clients send if they have none. */
    private static final String NONE = "null";

    private final List<ToolCall> open = new ArrayList<>();
    private final Map<String, String> renamed = new HashMap<>();
    private int calls;

    private CallIds() {}

    public static List<Message> normalize(List<Message> messages) {
        CallIds ids = new CallIds();
        return messages.stream().map(ids::normalize).toList();
    }

    private Message normalize(Message message) {
        if (message.role() == Role.TOOL) {
            return result(message);
        }
        if (message.toolCalls().isEmpty()) {
            return message;
        }
        open.clear();
        for (ToolCall call : message.toolCalls()) {
            open.add(new ToolCall(idOf(call.id()), call.name(), call.arguments()));
        }
        return new Message(
                message.role(),
                message.content(),
                open,
                message.toolCallId(),
                message.name(),
                message.prefix());
    }

    /** A result without a known id belongs to the first call that has no result yet. */
    private Message result(Message message) {
        Optional<ToolCall> answered =
                message.toolCallId()
                        .filter(renamed::containsKey)
                        .map(renamed::get)
                        .flatMap(id ->
                                open.stream().filter(call -> call.id().equals(id)).findFirst())
                        .or(() -> open.stream().findFirst());
        answered.ifPresent(open::remove);
        return new Message(
                message.role(),
                message.content(),
                message.toolCalls(),
                answered.map(ToolCall::id).or(message::toolCallId),
                message.name().or(() -> answered.map(ToolCall::name)),
                message.prefix());
    }

    private String idOf(String given) {
        calls++;
        if (NINE.matcher(given).matches()) {
            renamed.put(given, given);
            return given;
        }
        String rank = Integer.toString(calls, RADIX);
        String id = "call00000".substring(0, 9 - rank.length()) + rank;
        if (!given.equals(NONE)) {
            renamed.put(given, id);
        }
        return id;
    }
}

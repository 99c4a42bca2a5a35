package tramontane.api;

import java.util.ArrayList;
import java.util.List;
import tramontane.chat.Message;
import tramontane.chat.Role;

/**
 * The rules about who may speak after whom.
 *
 * <pre>
 * system    -> user, assistant, system
 * user      -> user, assistant, system
 * assistant -> user, assistant, tool, system
 * tool      -> tool, assistant, user, system
 * </pre>
 *
 * The hosted service refuses a system message after an assistant's or a tool's, and long refused a
 * user's after a tool's. Agent frameworks send both, the first also as the last message of all, so
 * both are accepted here.
 */
final class MessageOrder {
    private static final String NO_ID = "null";

    private MessageOrder() {}

    static void check(List<Message> messages) throws ApiException {
        for (int i = 0; i < messages.size(); i++) {
            Message message = messages.get(i);
            if (i > 0 && !mayFollow(messages.get(i - 1).role(), message.role())) {
                throw wrong(
                        "Unexpected role '"
                                + message.role().wireName()
                                + "' after role '"
                                + messages.get(i - 1).role().wireName()
                                + "'");
            }
            if (message.prefix() && i < messages.size() - 1) {
                throw wrong("prefix is only allowed on the last message, not on message " + i);
            }
            // A model may end its answer at once, so an empty text is a valid assistant message.
            if (message.role() == Role.ASSISTANT
                    && message.toolCalls().isEmpty()
                    && message.content().isEmpty()) {
                throw new ApiException(
                        ErrorCode.BAD_REQUEST,
                        "Assistant message must have either content or tool_calls, but not none.",
                        "messages." + i);
            }
        }
        checkEnds(messages);
        checkCalls(messages);
    }

    private static boolean mayFollow(Role before, Role role) {
        return switch (before) {
            case SYSTEM, USER -> role != Role.TOOL;
            case ASSISTANT, TOOL -> true;
        };
    }

    private static void checkEnds(List<Message> messages) throws ApiException {
        Message last = messages.getLast();
        boolean answerable =
                switch (last.role()) {
                    case USER, TOOL -> true;
                    case ASSISTANT -> last.prefix();
                    case SYSTEM -> messages.size() == 1 || isLate(messages);
                };
        if (!answerable) {
            throw wrong(
                    "Expected last role User or Tool (or Assistant with prefix True) for serving but got "
                            + last.role().wireName());
        }
        Role first = messages.getFirst().role();
        if (first == Role.TOOL || first == Role.ASSISTANT && messages.size() == 1) {
            throw wrong("Expected first role System or User but got " + first.wireName());
        }
    }

    /** True if the conversation ends with system messages after an assistant's or a tool's. */
    private static boolean isLate(List<Message> messages) {
        int last = messages.size() - 1;
        while (last >= 0 && messages.get(last).role() == Role.SYSTEM) {
            last--;
        }
        return last >= 0 && messages.get(last).role() != Role.USER;
    }

    /** Checks that every call has one tool message before the next message of another role. */
    private static void checkCalls(List<Message> messages) throws ApiException {
        List<String> open = new ArrayList<>();
        for (Message message : messages) {
            if (message.role() == Role.TOOL) {
                answer(open, message);
            } else if (open.isEmpty()) {
                message.toolCalls().forEach(call -> open.add(call.id()));
            } else {
                break;
            }
        }
        if (!open.isEmpty()) {
            throw notTheSameNumber();
        }
    }

    /**
     * A tool message names its call by id; without an id, results are in the order of the calls.
     */
    private static void answer(List<String> open, Message message) throws ApiException {
        if (open.isEmpty()) {
            throw notTheSameNumber();
        }
        String id = message.toolCallId().orElse(NO_ID);
        if (open.remove(id)) {
            return;
        }
        if (!id.equals(NO_ID) && !open.contains(NO_ID)) {
            throw wrong("Unexpected tool call id " + id + " in tool results");
        }
        open.remove(id.equals(NO_ID) ? open.getFirst() : NO_ID);
    }

    private static ApiException notTheSameNumber() {
        return wrong("Not the same number of function calls and responses");
    }

    private static ApiException wrong(String message) {
        return new ApiException(ErrorCode.MESSAGE_ORDER, message, "messages");
    }
}

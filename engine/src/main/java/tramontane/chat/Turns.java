package tramontane.chat;

import java.util.ArrayList;
import java.util.List;

/**
 * Conversations for templates that want one system message and turns that alternate. Callers may
 * send others, and the hosted service's tokenizers join them like this: all system messages in one,
 * in front, and neighbours of one role in one; results of tools stay apart.
 *
 * <p>A system message that follows an assistant's or a tool's asks for the next answer. In front of
 * the conversation it would be read before what it is about, so it becomes the user's turn.
 */
public final class Turns {
    private Turns() {}

    public static List<Message> joined(List<Message> messages) {
        List<Message> front = new ArrayList<>();
        List<Message> turns = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            Message message = messages.get(i);
            if (isLate(messages, i)) {
                add(turns, message.as(Role.USER));
            } else {
                add(message.role() == Role.SYSTEM ? front : turns, message);
            }
        }
        front.addAll(turns);
        return front;
    }

    /** Whether a message is a system message that follows an assistant's or a tool's. */
    public static boolean isLate(List<Message> messages, int index) {
        int before = index;
        while (before >= 0 && messages.get(before).role() == Role.SYSTEM) {
            before--;
        }
        return before >= 0 && before < index && messages.get(before).role() != Role.USER;
    }

    private static void add(List<Message> joined, Message message) {
        boolean joins =
                !joined.isEmpty()
                        && joined.getLast().role() == message.role()
                        && message.role() != Role.TOOL;
        joined.add(joins ? joined.removeLast().followedBy(message) : message);
    }
}

package tramontane.chat;

import java.util.ArrayList;
import java.util.List;

/**
 * Conversations for templates that want one system message and turns that alternate. Callers may
 * send others, and the hosted service's tokenizers join them like this: all system messages in one,
 * in front, and neighbours of one role in one; results of tools stay apart.
 */
public final class Turns {
    private Turns() {}

    public static List<Message> joined(List<Message> messages) {
        List<Message> joined = new ArrayList<>();
        messages.stream()
                .filter(message -> message.role() == Role.SYSTEM)
                .forEach(message -> add(joined, message));
        messages.stream()
                .filter(message -> message.role() != Role.SYSTEM)
                .forEach(message -> add(joined, message));
        return joined;
    }

    private static void add(List<Message> joined, Message message) {
        boolean joins =
                !joined.isEmpty()
                        && joined.getLast().role() == message.role()
                        && message.role() != Role.TOOL;
        joined.add(joins ? joined.removeLast().followedBy(message) : message);
    }
}

package tramontane.chat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Joins messages for templates that require one system message and alternating turns. Callers may
 * send other conversations. Like the tokenizers of the hosted service, this moves all system
 * messages into one at the beginning and joins neighbouring messages of one role, except results of
 * tools.
 *
 * <p>A system message behind an assistant's or a tool's message concerns the next answer. At the
 * beginning of the conversation it would come before its context, so it becomes a user's message.
 */
public final class Turns {
    private Turns() {}

    public static List<Message> joined(List<Message> messages) {
        BitSet late = late(messages);
        List<Message> front = new ArrayList<>();
        List<List<Message>> turns = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            Message message = messages.get(i);
            if (message.role() == Role.SYSTEM && !late.get(i)) {
                front.add(message);
            } else {
                add(turns, late.get(i) ? message.as(Role.USER) : message);
            }
        }
        List<Message> all = new ArrayList<>();
        if (!front.isEmpty()) {
            all.add(Message.joined(front));
        }
        turns.forEach(turn -> all.add(turn.size() > 1 ? Message.joined(turn) : turn.getFirst()));
        return all;
    }

    /** The indexes of system messages that follow an assistant's or a tool's message. */
    public static BitSet late(List<Message> messages) {
        BitSet late = new BitSet();
        boolean answered = false;
        for (int i = 0; i < messages.size(); i++) {
            Role role = messages.get(i).role();
            if (role != Role.SYSTEM) {
                answered = role != Role.USER;
            } else if (answered) {
                late.set(i);
            }
        }
        return late;
    }

    /** Collects the messages of a turn. They are joined once, because a turn may have thousands. */
    private static void add(List<List<Message>> turns, Message message) {
        boolean joins =
                !turns.isEmpty()
                        && turns.getLast().getFirst().role() == message.role()
                        && message.role() != Role.TOOL;
        if (!joins) {
            turns.add(new ArrayList<>());
        }
        turns.getLast().add(message);
    }
}

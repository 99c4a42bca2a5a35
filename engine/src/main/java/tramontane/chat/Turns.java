package tramontane.chat;

import java.util.ArrayList;
import java.util.BitSet;
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

    /** Which messages are system messages that follow an assistant's or a tool's. */
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

    /** Collects the messages of each turn before any are joined: there may be thousands in one. */
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

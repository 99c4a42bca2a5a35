package tramontane.chat.dialect;

import java.util.ArrayList;
import java.util.List;
import tramontane.chat.Message;
import tramontane.chat.Role;

/**
 * Writes a conversation with alternating turns, which many templates require: consecutive texts for
 * the model become one user message. The parts of a message are joined once, at its end.
 */
final class UserTurns {
    private final List<Message> written = new ArrayList<>();

    /** The parts of the last message if it is the user's and not complete; otherwise empty. */
    private final List<String> said = new ArrayList<>();

    void add(Message message) {
        endTurn();
        written.add(message);
    }

    /** Adds a line to the user's message, or starts one. */
    void say(String text) {
        if (said.isEmpty() && isUsersTurn()) {
            said.add(written.removeLast().text());
        }
        said.add(text);
    }

    boolean isUsersTurn() {
        return !said.isEmpty() || !written.isEmpty() && written.getLast().role() == Role.USER;
    }

    List<Message> messages() {
        endTurn();
        return written;
    }

    private void endTurn() {
        if (!said.isEmpty()) {
            written.add(Message.text(Role.USER, String.join("\n", said)));
            said.clear();
        }
    }
}

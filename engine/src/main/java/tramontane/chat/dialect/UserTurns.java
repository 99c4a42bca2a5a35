package tramontane.chat.dialect;

import java.util.ArrayList;
import java.util.List;
import tramontane.chat.Message;
import tramontane.chat.Role;

/**
 * Writes a conversation in which what is said to the model in a row becomes one turn of the user:
 * many templates want turns to alternate. A turn's text is joined once, however many parts it has.
 */
final class UserTurns {
    private final List<Message> written = new ArrayList<>();

    /** The parts of the last turn, which is the user's, where there are any. */
    private final List<String> said = new ArrayList<>();

    void add(Message message) {
        endTurn();
        written.add(message);
    }

    /** Adds a line to the user's turn, or begins one. */
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

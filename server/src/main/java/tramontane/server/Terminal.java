package tramontane.server;

import java.util.Optional;

/** Whether somebody sits before this program: both its input and its output are a terminal. */
final class Terminal {
    private Terminal() {}

    static boolean isThere() {
        return Optional.ofNullable(System.console())
                .map(console -> console.isTerminal())
                .orElse(false);
    }
}

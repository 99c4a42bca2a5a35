package tramontane.server;

import java.util.Optional;

/** Whether the program is used interactively: its input and output are a terminal. */
final class Terminal {
    private Terminal() {}

    static boolean isThere() {
        return Optional.ofNullable(System.console())
                .map(console -> console.isTerminal())
                .orElse(false);
    }
}

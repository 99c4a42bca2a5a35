package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** A command in the process of the tests, where no new one is needed: it starts at once. */
final class CommandCall {
    private CommandCall() {}

    /** Returns what it printed, errors included. */
    static String run(int status, String... command) {
        StringWriter said = new StringWriter();
        CommandLine commands = Commands.of(command);
        commands.setOut(new PrintWriter(said, true)).setErr(new PrintWriter(said, true));
        assertThat(commands.execute(command)).as(said.toString()).isEqualTo(status);
        return said.toString();
    }
}

package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** Every option has a range, and says so in one line before anything is loaded. */
class CommandLineTest {
    private static void refused(String reason, String... arguments) {
        StringWriter err = new StringWriter();
        CommandLine commands = Commands.of(arguments);
        commands.setErr(new PrintWriter(err, true));
        assertThat(commands.execute(arguments)).as(err.toString()).isEqualTo(2);
        assertThat(err.toString()).startsWith("tramontane: ").contains(reason);
        assertThat(err.toString().lines()).hasSizeLessThan(4);
    }

    @Test
    void numbersOutOfRangeAreRefusedWithTheRange() {
        for (String command : List.of("serve", "chat")) {
            for (String value :
                    List.of(
                            "0",
                            "-1",
                            "2147483647",
                            "99999999999999999999",
                            "1e9",
                            "x",
                            "1.5",
                            "")) {
                refused(
                        "'--parallel': '" + value + "' is not a whole number from 1 to 1024",
                        command,
                        "--parallel",
                        value);
                refused(
                        "'--threads': '" + value + "' is not a whole number from 1 to ",
                        command,
                        "--threads",
                        value);
                refused(
                        "'--context': '" + value + "' is not a whole number from 64 to ",
                        command,
                        "--context",
                        value);
            }
        }
        for (String value : List.of("-1", "65536", "70000", "http", "8000 ")) {
            refused(
                    "'" + value + "' is not a whole number from 0 to 65535",
                    "serve",
                    "--port",
                    value);
        }
        refused("from 0 to 86400", "serve", "--grace-seconds", "-1");
        refused("from 0 to 86400", "serve", "--grace-seconds", "2147483647");
        refused("a larger Java heap allows more", "serve", "--max-body-mib", "100000");
        refused("is not a whole number from 1 to ", "serve", "--max-body-mib", "32m");
        refused("is not a whole number from 0 to ", "serve", "--log-bodies", "-5");
        refused("is not a whole number from 1 to 4096", "serve", "--connections-per-address", "0");
        refused("a number from 0.0 to 1.5", "chat", "--temperature", "NaN");
        refused("a number from 0.0 to 1.5", "chat", "--temperature", "1e400");
        refused("a whole number from 1 to ", "chat", "--max-tokens", "0");
        refused("a whole number from 0 to 9223372036854775807", "chat", "--seed", "-1");
    }

    @Test
    void timesThatContradictAreRefused() {
        refused(
                "--since 2026-11-02 is not before --until 2026-11-01",
                "usage",
                "--since",
                "2026-11-02",
                "--until",
                "2026-11-01");
        refused("--since 1h is not before --until 2w", "usage", "--since", "1h", "--until", "2w");
        refused("--since is a day such as", "usage", "--since", "0d");
    }

    @Test
    void switchesThatContradictAreRefused() {
        refused("contradict", "serve", "--hosted-names", "--no-hosted-names");
        refused("contradict", "config", "--no-ledger-text", "--ledger-text");
    }

    /** A name may move the cursor of the terminal that shows it. */
    @Test
    void controlCharactersAreShownAsEscapes() {
        refused("'\\u001b[2Jx' is not a name of a key", "keys", "create", "\u001b[2Jx");
    }

    @Test
    void whatIsUnknownOrMissingIsNamed() {
        refused("--kv-cache", "serve", "--kv-cache", "5");
        refused("--threads", "serve", "--threads");
        refused("MODEL", "pull");
        refused("--alias is empty", "serve", "--port", "0", "--alias", " ");
    }
}

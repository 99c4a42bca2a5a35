package tramontane.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MainTest {
    @Test
    void wrongOptionsAreExplainedWithoutAStackTrace() {
        check("there is no model or file nobody", 1, "--quick", "--model", "nobody");
        check("bogus is no load; there are 1-stream", 2, "--only", "bogus");
        check("kernels are scalar, vector", 1, "--kernels", "bogus");
        check("nothing answers at the --base-url", 1, "--base-url", "http://127.0.0.1:1");
    }

    private static void check(String message, int status, String... arguments) {
        StringWriter err = new StringWriter();
        CommandLine command = Main.commandLine().setErr(new PrintWriter(err));
        assertThat(command.execute(arguments)).as(err.toString()).isEqualTo(status);
        assertThat(err.toString()).contains(message).doesNotContain("\tat ");
    }
}

package tramontane.server;

import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line. */
@Command(
        name = "tramontane",
        description = "Mistral's Chat Completion API on your own machine.",
        subcommands = {Serve.class, Chat.class, Pull.class, ListModels.class, Version.class},
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {
            "",
            "Examples:",
            "  ./tramontane serve",
            "  ./tramontane serve --model qwen2.5-coder-1.5b --port 9000",
            "  ./tramontane chat --model smollm2-135m",
            "  ./tramontane COMMAND --help",
        })
public final class Main {
    /** The logging system forgets the level of a logger that nobody holds. */
    private static final Logger JETTY = Logger.getLogger("org.eclipse.jetty");

    /** Warns of every broken Host header, which is the caller's fault and answered as such. */
    private static final Logger HOSTS = Logger.getLogger("org.eclipse.jetty.util.HostPort");

    private Main() {}

    public static void main(String[] args) {
        System.setProperty(
                "java.util.logging.SimpleFormatter.format", "%1$tF %1$tT %4$s %5$s%6$s%n");
        // Jetty would start the JDK's management system only to find this out: a tenth of the
        // start's
        // processor time.
        System.setProperty("org.eclipse.jetty.util.referencesPerCacheLine", "16");
        JETTY.setLevel(Level.WARNING);
        HOSTS.setLevel(Level.SEVERE);
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setUsageHelpWidth(100)
                .setExecutionExceptionHandler((failure, command, result) -> {
                    if (failure instanceof Complaint) {
                        command.getErr().println("tramontane: " + failure.getMessage());
                        return 1;
                    }
                    throw failure;
                });
    }
}

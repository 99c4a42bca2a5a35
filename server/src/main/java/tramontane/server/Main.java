package tramontane.server;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import tools.jackson.databind.json.JsonMapper;

/** The command line. */
@Command(
        name = "tramontane",
        description = "Mistral's Chat Completion API on your own machine.",
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
    private static final List<Class<?>> COMMANDS =
            List.of(Serve.class, Chat.class, Pull.class, ListModels.class, Version.class);

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
        // A virtual thread that computes keeps its carrier, so there are more carriers than threads
        // that may parse bodies: /health and open streams always find one.
        System.setProperty(
                "jdk.virtualThreadScheduler.parallelism",
                Integer.toString(2 * Runtime.getRuntime().availableProcessors() + 2));
        JETTY.setLevel(Level.WARNING);
        HOSTS.setLevel(Level.SEVERE);
        // The first use of a JSON parser takes a tenth of a second, beside reading the options
        // none.
        Thread.ofVirtual().start(() -> JsonMapper.shared().readTree("{}"));
        System.exit(commandLine(args).execute(args));
    }

    static CommandLine commandLine(String... args) {
        CommandLine commands = new CommandLine(new Main());
        List<Class<?>> named = COMMANDS.stream().filter(each -> isNamed(each, args)).toList();
        // Reading what all commands can do takes a tenth of a second that only help has use for.
        (named.isEmpty() ? COMMANDS : named).forEach(commands::addSubcommand);
        return commands.setUsageHelpWidth(100)
                .setParameterExceptionHandler(new UsageError())
                .setExecutionExceptionHandler((failure, command, result) -> {
                    if (failure instanceof Complaint) {
                        command.getErr().println("tramontane: " + failure.getMessage());
                        return 1;
                    }
                    throw failure;
                });
    }

    private static boolean isNamed(Class<?> command, String... args) {
        return args.length > 0 && command.getAnnotation(Command.class).name().equals(args[0]);
    }
}

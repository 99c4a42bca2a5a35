package tramontane.server;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The command line as picocli knows it. {@link Main} serves usual flags without it, because
 * picocli's classes cannot be in the start cache: one of them, even as the type of a parameter,
 * makes the JVM open all jars up to picocli's.
 */
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
final class Commands {
    private static final List<Class<?>> COMMANDS =
            List.of(
                    Serve.class,
                    Chat.class,
                    Pull.class,
                    Pack.class,
                    ListModels.class,
                    Config.class,
                    Keys.class,
                    ShowUsage.class,
                    Replay.class,
                    Version.class);

    private Commands() {}

    static CommandLine of(String... args) {
        CommandLine commands = new CommandLine(new Commands());
        List<Class<?>> named = COMMANDS.stream().filter(each -> isNamed(each, args)).toList();
        // Adding a command takes some milliseconds, so only the one that is used is added; help
        // needs all.
        (named.isEmpty() ? COMMANDS : named)
                .forEach(each -> commands.addSubcommand(new CommandLine(each)));
        return commands.setUsageHelpWidth(100)
                .setHelpFactory(CommandName::help)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(new UsageError())
                .setExecutionExceptionHandler((failure, command, result) -> {
                    if (failure instanceof Complaint complaint) {
                        return Main.complain(complaint, command.getErr());
                    }
                    throw failure;
                });
    }

    private static boolean isNamed(Class<?> command, String... args) {
        return args.length > 0 && command.getAnnotation(Command.class).name().equals(args[0]);
    }
}

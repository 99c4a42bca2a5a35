package tramontane.server;

import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.ColorScheme;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * What a user types to start this program. Texts have the name that holds in a checkout, and the
 * launcher of an installed package gives its own in a system property.
 */
final class CommandName {
    private static final String IN_A_CHECKOUT = "./tramontane";
    private static final Optional<String> GIVEN =
            Optional.ofNullable(System.getProperty("tramontane.command"));

    private CommandName() {}

    /** The text with the name that holds here. */
    static String in(String text) {
        return GIVEN.map(name -> text.replace(IN_A_CHECKOUT, name)).orElse(text);
    }

    /** The help of a command, for picocli. */
    static Help help(CommandSpec command, ColorScheme colours) {
        if (GIVEN.isPresent()) {
            UsageMessageSpec usage = command.usageMessage();
            usage.description(in(usage.description()));
            usage.footer(in(usage.footer()));
            for (ArgSpec argument : command.args().toArray(ArgSpec[]::new)) {
                command.remove(argument);
                command.add(renamed(argument));
            }
        }
        return new Help(command, colours);
    }

    private static ArgSpec renamed(ArgSpec argument) {
        String[] description = in(argument.description());
        return switch (argument) {
            case OptionSpec option -> option.toBuilder().description(description).build();
            case PositionalParamSpec positional ->
                    positional.toBuilder().description(description).build();
            default -> argument;
        };
    }

    private static String[] in(String... lines) {
        return Stream.of(lines).map(CommandName::in).toArray(String[]::new);
    }
}

package tramontane.server;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import tramontane.config.ConfigFile;
import tramontane.config.Configuration;
import tramontane.config.Setting;
import tramontane.config.Settings;
import tramontane.config.WrongValue;

/** Makes the options of a command from the table of settings, and reads them. */
final class SettingOptions {
    private static final Map<Setting<?>, String> SHORT = Map.of(Settings.MODEL, "-m");

    private SettingOptions() {}

    /** Gives {@code serve} an option for every setting; its help lists those outside of tables. */
    static final class OfServer implements IModelTransformer {
        @Override
        public CommandSpec transform(CommandSpec command) {
            return add(command, Settings.all(), false);
        }
    }

    /** Gives {@code config} an option for every setting, and lists all of them. */
    static final class OfConfig implements IModelTransformer {
        @Override
        public CommandSpec transform(CommandSpec command) {
            return add(command, Settings.all(), true);
        }
    }

    /** Gives {@code chat} the options of a model. */
    static final class OfModel implements IModelTransformer {
        @Override
        public CommandSpec transform(CommandSpec command) {
            return add(command, Settings.ofModel(), true);
        }
    }

    private static CommandSpec add(CommandSpec command, List<Setting<?>> settings, boolean listed) {
        for (Setting<?> setting : settings) {
            command.addOption(option(setting, listed || !setting.isInTable()));
            if (setting.fallback() instanceof Boolean) {
                // Needed only to overrule a file, so the help text leaves it to the documentation.
                command.addOption(
                        OptionSpec.builder(setting.oppositeFlag())
                                .type(boolean.class)
                                .arity("0")
                                .hidden(true)
                                .build());
            }
        }
        return command.addOption(
                OptionSpec.builder(ConfigFile.FLAG)
                        .type(String.class)
                        .paramLabel("FILE")
                        .description(
                                "A TOML file with settings; flags and variables of the environment replace its values"
                                        + " (default: $TRAMONTANE_CONFIG, else ~/.config/tramontane/"
                                        + ConfigFile.NAME
                                        + " if there is one).")
                        .build());
    }

    private static OptionSpec option(Setting<?> setting, boolean listed) {
        String[] names =
                SHORT.containsKey(setting)
                        ? new String[] {SHORT.get(setting), setting.flag()}
                        : new String[] {setting.flag()};
        OptionSpec.Builder option = OptionSpec.builder(names).hidden(!listed);
        if (setting.fallback() instanceof Boolean) {
            String description = setting.description();
            return option.type(boolean.class)
                    .arity("0")
                    .description(
                            setting.isTurnedOff()
                                    ? "Do not "
                                            + description
                                                    .substring(0, 1)
                                                    .toLowerCase(java.util.Locale.ROOT)
                                            + description.substring(1)
                                            + "."
                                    : description + ".")
                    .build();
        }
        return option.paramLabel(setting.type().label())
                .type(setting.type().isRepeatable() ? List.class : String.class)
                .auxiliaryTypes(String.class)
                .description(setting.description() + " (default: " + setting.defaultText() + ").")
                .build();
    }

    /**
     * The configuration of a command.
     *
     * @throws ParameterException if a flag is wrong
     * @throws Complaint with all faults of the file and the environment
     */
    static Configuration read(CommandSpec command, Map<String, String> environment)
            throws Complaint {
        return SettingSources.read(sources(command, environment));
    }

    static Configuration.Sources sources(CommandSpec command, Map<String, String> environment)
            throws Complaint {
        ParseResult given = command.commandLine().getParseResult();
        Map<Setting<?>, List<String>> flags = new LinkedHashMap<>();
        for (Setting<?> setting : Settings.all()) {
            boolean opposite =
                    setting.fallback() instanceof Boolean
                            && given.hasMatchedOption(setting.oppositeFlag());
            if (given.hasMatchedOption(setting.flag())) {
                if (opposite) {
                    throw new ParameterException(
                            command.commandLine(),
                            setting.flag() + " and " + setting.oppositeFlag() + " contradict");
                }
                flags.put(setting, words(command, given, setting));
            } else if (opposite) {
                flags.put(setting, List.of(setting.fallback().toString()));
            }
        }
        return SettingSources.of(
                new PlainFlags(
                        Optional.ofNullable(given.matchedOptionValue(ConfigFile.FLAG, null)),
                        flags),
                environment);
    }

    private static List<String> words(CommandSpec command, ParseResult given, Setting<?> setting) {
        Object value = given.matchedOptionValue(setting.flag(), null);
        List<String> words =
                value instanceof List<?> list
                        ? list.stream().map(String::valueOf).toList()
                        : setting.isTurnedOff() ? List.of("false") : List.of(String.valueOf(value));
        try {
            setting.type().ofWords(words);
            return words;
        } catch (WrongValue e) {
            throw new ParameterException(
                    command.commandLine(),
                    setting.type().isRepeatable()
                            ? setting.flag() + " " + e.reason()
                            : "Invalid value for option '"
                                    + setting.flag()
                                    + "': '"
                                    + words.getLast()
                                    + "' "
                                    + e.reason());
        }
    }
}

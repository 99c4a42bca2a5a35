package tramontane.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** The valid value of each setting, and where it comes from. Immutable. */
public final class Configuration {
    /**
     * Where values come from, besides the defaults.
     *
     * @param flags the words of each flag that was given
     */
    public record Sources(
            Optional<Path> file,
            Map<String, String> environment,
            Map<Setting<?>, List<String>> flags) {
        /** Without a file, variables and flags. */
        public static final Sources NONE = new Sources(Optional.empty(), Map.of(), Map.of());
    }

    /** One value and its origin. */
    private record Chosen(Object value, Origin origin) {}

    /**
     * A setting as it is printed.
     *
     * @param value in TOML, or a description if there is no value or it is secret
     */
    public record Line(Setting<?> setting, boolean hasValue, String value, Origin origin) {}

    /** Other variables of Tramontane, which are no settings of the server. */
    private static final Set<String> OTHER_VARIABLES =
            Set.of(
                    "TRAMONTANE_MODELS",
                    "TRAMONTANE_HUBS",
                    "TRAMONTANE_HEAP",
                    "TRAMONTANE_JAVA_OPTS",
                    "TRAMONTANE_SHARED",
                    "TRAMONTANE_SAMPLE",
                    "TRAMONTANE_ROUNDS",
                    "TRAMONTANE_LARGE_CLIENTS",
                    ConfigFile.VARIABLE);

    private final List<Setting<?>> settings;
    private final List<String> warnings = new ArrayList<>();
    private final Map<Setting<?>, Chosen> chosen = new LinkedHashMap<>();

    private Configuration(List<Setting<?>> settings) {
        this.settings = settings;
        settings.forEach(setting ->
                chosen.put(setting, new Chosen(setting.fallback(), new Origin.Fallback())));
    }

    /**
     * Reads the values of all settings.
     *
     * @throws ConfigException with all faults
     */
    public static Configuration of(Sources sources) throws ConfigException {
        return of(Settings.all(), sources);
    }

    static Configuration of(List<Setting<?>> settings, Sources sources) throws ConfigException {
        Configuration configuration = new Configuration(settings);
        List<String> faults = new ArrayList<>();
        sources.file()
                .ifPresent(file ->
                        new TomlSource(file, settings, faults)
                                .read((setting, value, origin) ->
                                        configuration.put(
                                                setting,
                                                new Given(origin, ValueType.shown(value)),
                                                () -> setting.type().ofToml(value),
                                                faults)));
        configuration.variables(sources.environment(), faults);
        sources.flags()
                .forEach((setting, words) ->
                        configuration.put(
                                setting,
                                new Given(
                                        new Origin.Flag(setting.flagFor(words)), words.toString()),
                                () -> setting.type().ofWords(words),
                                faults));
        if (!faults.isEmpty()) {
            faults.addAll(configuration.warnings);
            throw new ConfigException(faults);
        }
        return configuration;
    }

    /** Reads a value, which may be wrong. */
    @FunctionalInterface
    private interface Reading {
        Object read() throws WrongValue;
    }

    /** Where a value comes from, and its text for an error. */
    private record Given(Origin origin, String text) {}

    private void put(Setting<?> setting, Given given, Reading reading, List<String> faults) {
        try {
            chosen.put(setting, new Chosen(reading.read(), given.origin()));
        } catch (WrongValue e) {
            faults.add(
                    named(setting, given.origin())
                            + " "
                            + (setting.isSecret() ? "" : "is " + given.text() + ", which ")
                            + e.reason());
        }
    }

    private static String named(Setting<?> setting, Origin origin) {
        return switch (origin) {
            case Origin.InFile(Path file, int line) ->
                    "`" + setting.key() + "` in " + file + " line " + line;
            case Origin.Variable(String variable) -> variable;
            case Origin.Flag(String flag) -> flag;
            case Origin.Fallback _ -> setting.key();
        };
    }

    private void variables(Map<String, String> environment, List<String> faults) {
        List<String> known = new ArrayList<>(OTHER_VARIABLES);
        for (Setting<?> setting : settings) {
            known.add(setting.variable());
            Optional.ofNullable(environment.get(setting.variable()))
                    .filter(text -> !text.isBlank() && !isServiceLink(text))
                    .ifPresent(text ->
                            put(
                                    setting,
                                    new Given(
                                            new Origin.Variable(setting.variable()),
                                            ValueType.shown(text)),
                                    () -> setting.type().ofVariable(text),
                                    faults));
        }
        for (String name : environment.keySet()) {
            if (name.startsWith(Setting.PREFIX) && !known.contains(name)) {
                Spelling.similar(
                                name.substring(Setting.PREFIX.length()),
                                known.stream()
                                        .map(each -> each.substring(Setting.PREFIX.length()))
                                        .toList())
                        .ifPresent(near ->
                                warnings.add(
                                        "unknown variable "
                                                + name
                                                + "; did you mean "
                                                + Setting.PREFIX
                                                + near
                                                + "?"));
            }
        }
    }

    /**
     * Kubernetes gives the pods beside a service of the name "tramontane" a variable
     * TRAMONTANE_PORT of its own.
     */
    private static boolean isServiceLink(String text) {
        return text.startsWith("tcp://") || text.startsWith("udp://");
    }

    /**
     * Variables that are probably misspelt. They are no faults, since other programs may have
     * variables with the same prefix.
     */
    public List<String> warnings() {
        return Collections.unmodifiableList(warnings);
    }

    /** The value of a setting. */
    @SuppressWarnings("unchecked") // put stores what the setting's type returned
    public <T> T get(Setting<T> setting) {
        return (T) chosen(setting).value();
    }

    /** Where the value of a setting comes from. */
    public Origin origin(Setting<?> setting) {
        return chosen(setting).origin();
    }

    /** A setting in a complaint about its value: as its user wrote it, and where. */
    public String named(Setting<?> setting) {
        return named(setting, origin(setting));
    }

    private Chosen chosen(Setting<?> setting) {
        return Objects.requireNonNull(chosen.get(setting), setting.key());
    }

    /** All settings as they are printed, in the order of the table. */
    public List<Line> lines() {
        return settings.stream().map(setting -> line(setting)).toList();
    }

    private <T> Line line(Setting<T> setting) {
        Optional<String> shown = setting.shown(get(setting));
        return new Line(
                setting,
                shown.isPresent(),
                shown.orElseGet(() -> setting.described(get(setting))),
                chosen(setting).origin());
    }

    /**
     * This configuration with the values of another for the settings that {@code taken} accepts.
     */
    public Configuration taking(Configuration other, Predicate<Setting<?>> taken) {
        Configuration mixed = new Configuration(settings);
        mixed.chosen.replaceAll(
                (setting, _) -> (taken.test(setting) ? other : this).chosen(setting));
        return mixed;
    }

    /** The settings whose values differ. */
    public List<Setting<?>> changed(Configuration other) {
        return settings.stream()
                .<Setting<?>>map(setting -> setting)
                .filter(setting -> !get(setting).equals(other.get(setting)))
                .toList();
    }
}

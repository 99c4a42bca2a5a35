package tramontane.server;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tramontane.config.ConfigFile;
import tramontane.config.Setting;
import tramontane.config.Settings;
import tramontane.config.WrongValue;

/**
 * The flags of {@code serve} as picocli would read them, without picocli: its classes are too old
 * for the start cache and take a tenth of the start. Whatever is wrong or unusual is left to
 * picocli, for its errors and its help.
 *
 * @param file the configuration file that is named
 * @param words of each setting
 */
record PlainFlags(Optional<String> file, Map<Setting<?>, List<String>> words) {
    private static final String SHORT_MODEL = "-m";

    /** Empty if picocli must read them. */
    static Optional<PlainFlags> of(List<String> arguments) {
        return new Reader(arguments).read();
    }

    /** Reads the arguments from the first to the last. */
    private static final class Reader {
        private final List<String> arguments;
        private final Map<String, Setting<?>> byFlag = new HashMap<>();
        private final Map<String, List<String>> values = new LinkedHashMap<>();
        private int at;

        Reader(List<String> arguments) {
            this.arguments = arguments;
            Settings.all().forEach(setting -> byFlag.put(setting.flag(), setting));
        }

        Optional<PlainFlags> read() {
            while (at < arguments.size()) {
                String argument = arguments.get(at++);
                int equals = argument.indexOf('=');
                boolean hasValue = equals > 0 && argument.startsWith("--");
                String flag = hasValue ? argument.substring(0, equals) : argument;
                boolean understood =
                        hasValue ? add(flag, argument.substring(equals + 1)) : addNext(flag);
                if (!understood) {
                    return Optional.empty();
                }
            }
            return flags();
        }

        private boolean addNext(String flag) {
            Setting<?> setting = byFlag.get(flag);
            if (setting != null && setting.fallback() instanceof Boolean) {
                String turned = Boolean.toString(!setting.isTurnedOff());
                return values.putIfAbsent(flag, List.of(turned)) == null;
            }
            return at < arguments.size()
                    && add(
                            flag.equals(SHORT_MODEL) ? Settings.MODEL.flag() : flag,
                            arguments.get(at++));
        }

        /** Adds a value. What begins with a hyphen may be meant as a flag, and @ names a file. */
        private boolean add(String flag, String value) {
            Setting<?> setting = byFlag.get(flag);
            boolean takesValue =
                    flag.equals(ConfigFile.FLAG)
                            || setting != null && !(setting.fallback() instanceof Boolean);
            if (!takesValue || value.isEmpty() || value.startsWith("-") || value.startsWith("@")) {
                return false;
            }
            List<String> all = values.computeIfAbsent(flag, _ -> new ArrayList<>());
            all.add(value);
            return all.size() == 1 || setting != null && setting.type().isRepeatable();
        }

        private Optional<PlainFlags> flags() {
            Map<Setting<?>, List<String>> words = new LinkedHashMap<>();
            for (Setting<?> setting : Settings.all()) {
                List<String> given = values.get(setting.flag());
                if (given != null) {
                    if (!isRight(setting, given)) {
                        return Optional.empty();
                    }
                    words.put(setting, List.copyOf(given));
                }
            }
            return Optional.of(
                    new PlainFlags(
                            Optional.ofNullable(values.get(ConfigFile.FLAG)).map(List::getFirst),
                            words));
        }

        private static boolean isRight(Setting<?> setting, List<String> words) {
            try {
                Object unused = setting.type().ofWords(words);
                return true;
            } catch (WrongValue wrong) {
                return false;
            }
        }
    }
}

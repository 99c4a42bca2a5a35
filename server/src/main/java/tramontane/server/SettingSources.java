package tramontane.server;

import java.nio.file.InvalidPathException;
import java.util.Map;
import tramontane.config.ConfigException;
import tramontane.config.ConfigFile;
import tramontane.config.Configuration;

/** Where settings come from, without picocli ({@link Commands} says why). */
final class SettingSources {
    private SettingSources() {}

    /**
     * @throws Complaint with all faults of the file and the environment
     */
    static Configuration read(Configuration.Sources sources) throws Complaint {
        try {
            return Configuration.of(sources);
        } catch (ConfigException e) {
            throw new Complaint(String.valueOf(e.getMessage()));
        }
    }

    /** The sources of a configuration with these flags. */
    static Configuration.Sources of(PlainFlags flags, Map<String, String> environment)
            throws Complaint {
        try {
            return new Configuration.Sources(
                    ConfigFile.find(flags.file(), environment, UserFiles.ofThisUser().config()),
                    environment,
                    flags.words());
        } catch (InvalidPathException e) {
            throw new Complaint("the configuration file's name is no path: " + e.getMessage());
        }
    }
}

package tramontane.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Which configuration file is read. */
public final class ConfigFile {
    public static final String FLAG = "--config";
    public static final String NAME = "tramontane.toml";
    static final String VARIABLE = "TRAMONTANE_CONFIG";

    private ConfigFile() {}

    /**
     * The file of the flag, else of the variable, else the user's own if there is one. A file that
     * is named must exist.
     *
     * @param own the user's own, which may not exist
     */
    public static Optional<Path> find(
            Optional<String> flag, Map<String, String> environment, Path own) {
        return flag.or(() -> Optional.ofNullable(environment.get(VARIABLE)))
                .filter(name -> !name.isBlank())
                .map(Path::of)
                .or(() -> Optional.of(own).filter(Files::exists));
    }

    /** The file, if it holds a secret and other users of the machine can read it. */
    public static Optional<Path> exposedSecrets(Configuration configuration) {
        return configuration.lines().stream()
                .filter(line ->
                        line.setting().isSecret() || line.value().contains(PasswordMask.MASK))
                .flatMap(line ->
                        line.origin() instanceof Origin.InFile(Path file, int _)
                                ? Stream.of(file)
                                : Stream.empty())
                .filter(ConfigFile::othersRead)
                .findFirst();
    }

    private static boolean othersRead(Path file) {
        try {
            return Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ);
        } catch (IOException | UnsupportedOperationException e) {
            // No permissions to speak of: another system, or a file that has just been replaced.
            return false;
        }
    }
}

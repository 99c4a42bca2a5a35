package tramontane.catalog;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where models are kept. {@code tools/models.sh} and the {@code RealModels} of the test kit know
 * the same rule; a test compares the three.
 *
 * <pre>
 * $TRAMONTANE_MODELS                          if set
 * $XDG_CACHE_HOME/tramontane/models           if set to an absolute path, as its specification asks
 * ~/.cache/tramontane/models                  else
 * </pre>
 */
public final class ModelsDirectory {
    private ModelsDirectory() {}

    public static Path of(Map<String, String> environment, Path home) {
        return setting(environment, "TRAMONTANE_MODELS")
                .map(Path::toAbsolutePath)
                .orElseGet(() ->
                        setting(environment, "XDG_CACHE_HOME")
                                .filter(Path::isAbsolute)
                                .orElse(home.resolve(".cache"))
                                .resolve("tramontane/models"));
    }

    /** {@code $HOME}, or the system's home directory of this user. */
    public static Path home(Map<String, String> environment) {
        return setting(environment, "HOME").orElse(Path.of(System.getProperty("user.home")));
    }

    private static Optional<Path> setting(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name))
                .filter(value -> !value.isBlank())
                .map(Path::of);
    }
}

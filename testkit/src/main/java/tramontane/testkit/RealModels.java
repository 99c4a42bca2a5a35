package tramontane.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Where real models and shared test data lie on this machine, if they do. */
public final class RealModels {
    private RealModels() {}

    /** The file of a model by its catalogue name. */
    public static Optional<Path> find(String name) {
        return existing(directory().resolve(name + ".gguf"));
    }

    public static Path directory() {
        return directory(System.getenv(), Path.of(System.getProperty("user.home")));
    }

    /**
     * The models directory by the rule of the server's {@code ModelsDirectory}, which this module
     * comes before; a test compares the two.
     *
     * @param home where the environment names none
     */
    public static Path directory(Map<String, String> environment, Path home) {
        String models = environment.getOrDefault("TRAMONTANE_MODELS", "");
        if (!models.isBlank()) {
            return Path.of(models).toAbsolutePath();
        }
        String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
        String user = environment.getOrDefault("HOME", "");
        Path base =
                cache.startsWith("/")
                        ? Path.of(cache)
                        : (user.isBlank() ? home : Path.of(user)).resolve(".cache");
        return base.resolve("tramontane/models");
    }

    /** A file of the data directory beside the repository. */
    public static Optional<Path> shared(String name) {
        String directory = System.getProperty("tramontane.shared", "../../shared");
        return existing(Path.of(directory).resolve("data").resolve(name));
    }

    private static Optional<Path> existing(Path path) {
        return Files.exists(path) ? Optional.of(path) : Optional.empty();
    }
}

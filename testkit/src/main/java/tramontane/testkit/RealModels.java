package tramontane.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Where real models and shared test data lie on this machine, if they do. */
public final class RealModels {
    private RealModels() {}

    /** The file of a model by its catalogue name. */
    public static Optional<Path> find(String name) {
        String directory = System.getenv("TRAMONTANE_MODELS");
        Path models =
                directory != null
                        ? Path.of(directory)
                        : Path.of(
                                System.getProperty("user.home"), ".cache", "tramontane", "models");
        return existing(models.resolve(name + ".gguf"));
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

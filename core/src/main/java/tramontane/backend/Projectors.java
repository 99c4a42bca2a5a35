package tramontane.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The files with image encoders (mmproj) of models.
 *
 * @param given by the names of models, or {@link #ONLY_MODEL}; an empty value is for no encoder,
 *     also if there is a file
 */
public record Projectors(Map<String, Optional<Path>> given) {
    public static final Projectors FOUND = new Projectors(Map.of());

    /** Stands for the name of a model that is served alone. */
    public static final String ONLY_MODEL = "";

    private static final String EXTENSION = ".gguf";
    private static final String MARK = "mmproj";

    public Projectors {
        given = Map.copyOf(given);
    }

    /**
     * An encoder's file.
     *
     * @param named true if the operator named it, so that it must fit the model
     */
    record Choice(Path file, boolean named) {}

    /** The encoder's file of a model: the one that was given, or the only one beside the model. */
    Optional<Choice> of(String model, Path file) throws IOException {
        for (String name : List.of(model, ONLY_MODEL)) {
            if (given.containsKey(name)) {
                return given.getOrDefault(name, Optional.empty())
                        .map(path -> new Choice(path, true));
            }
        }
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> found = files.filter(Projectors::isProjector).limit(2).toList();
            return found.size() == 1
                    ? Optional.of(new Choice(found.getFirst(), false))
                    : Optional.empty();
        }
    }

    private static boolean isProjector(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return name.contains(MARK) && name.endsWith(EXTENSION) && Files.isRegularFile(file);
    }
}

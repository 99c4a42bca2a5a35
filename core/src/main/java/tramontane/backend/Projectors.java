package tramontane.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tramontane.catalog.EncoderName;

/**
 * The files with image encoders (mmproj) of models.
 *
 * @param given by the names of models, or {@link RunOptions#ONLY_MODEL}; an empty value is for no
 *     encoder, also if there is a file
 */
public record Projectors(Map<String, Optional<Path>> given) {
    public static final Projectors FOUND = new Projectors(Map.of());

    public Projectors {
        given = Map.copyOf(given);
    }

    /**
     * An encoder's file.
     *
     * @param named true if the operator named it, so that it must fit the model
     */
    record Choice(Path file, boolean named) {}

    /**
     * The encoder's file of a model: the one that was given, or the one beside the model that has
     * the model's name, or the only one there that is not another model's.
     */
    Optional<Choice> of(String model, Path file) throws IOException {
        for (String name : List.of(model, RunOptions.ONLY_MODEL)) {
            if (given.containsKey(name)) {
                return given.getOrDefault(name, Optional.empty())
                        .map(path -> new Choice(path, true));
            }
        }
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            return Optional.empty();
        }
        String name = EncoderName.modelOf(file);
        Path own = folder.resolve(EncoderName.file(name));
        if (Files.isRegularFile(own)) {
            // Before the folder is listed, which may hold hundreds of models.
            return Optional.of(new Choice(own, false));
        }
        Set<String> names;
        try (Stream<Path> files = Files.list(folder)) {
            names =
                    files.filter(Files::isRegularFile)
                            .map(each -> each.getFileName().toString())
                            .collect(Collectors.toUnmodifiableSet());
        }
        List<String> found =
                names.stream()
                        .filter(EncoderName::isOne)
                        .filter(each -> !EncoderName.isOfAnother(each, name, names))
                        .limit(2)
                        .toList();
        return found.size() == 1
                ? Optional.of(new Choice(folder.resolve(found.getFirst()), false))
                : Optional.empty();
    }

    /** The file that {@link #of} chooses. */
    public Optional<Path> file(String model, Path file) throws IOException {
        return of(model, file).map(Choice::file);
    }
}

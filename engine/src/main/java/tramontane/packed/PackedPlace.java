package tramontane.packed;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32C;

/** Where the packed weights of models are kept. */
public sealed interface PackedPlace {
    /** The end of the names of all files with packed weights. */
    String EXTENSION = ".packed";

    /** Nowhere: weights are packed at each load. */
    record Off() implements PackedPlace {}

    /** In the folder of the model's file. */
    record BesideModel() implements PackedPlace {}

    /** In one folder for all models. */
    record Folder(Path folder) implements PackedPlace {}

    /**
     * The file for a model. In a common folder, models that have the same name in different folders
     * get different files.
     */
    default Optional<Path> fileOf(Path model) {
        String name = String.valueOf(model.getFileName());
        return switch (this) {
            case Off _ -> Optional.empty();
            case BesideModel _ -> Optional.of(model.resolveSibling(name + EXTENSION));
            case Folder(Path folder) ->
                    Optional.of(folder.resolve(name + "-" + pathSum(model) + EXTENSION));
        };
    }

    private static String pathSum(Path model) {
        CRC32C sum = new CRC32C();
        sum.update(model.toAbsolutePath().normalize().toString().getBytes(StandardCharsets.UTF_8));
        return "%08x".formatted(sum.getValue());
    }
}

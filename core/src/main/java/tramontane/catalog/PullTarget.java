package tramontane.catalog;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The file that a pull should produce.
 *
 * @param bytes exact size, if known
 * @param sha256 sum, if known
 */
record PullTarget(
        String name, OptionalLong bytes, Optional<String> sha256, List<ModelSource> sources) {
    static PullTarget of(CatalogEntry entry) {
        OptionalLong exact =
                entry.sha256().isPresent() ? OptionalLong.of(entry.bytes()) : OptionalLong.empty();
        return new PullTarget(entry.name(), exact, entry.sha256(), entry.sources());
    }

    /** The file to copy, if the source is a local file. */
    Optional<Path> localFile() {
        return sources.size() == 1 && sources.getFirst() instanceof ModelSource.LocalFile(Path path)
                ? Optional.of(path)
                : Optional.empty();
    }

    boolean hasSource(String spec) {
        return sources.stream().anyMatch(source -> source.spec().equals(spec));
    }

    static PullTarget of(ModelSource source) {
        return new PullTarget(
                source.modelName(), OptionalLong.empty(), Optional.empty(), List.of(source));
    }
}

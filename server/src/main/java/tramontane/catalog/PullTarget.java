package tramontane.catalog;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a pull is to produce.
 *
 * @param bytes the exact size, where it is known
 * @param sha256 the sum, where it is known
 */
record PullTarget(
        String name, OptionalLong bytes, Optional<String> sha256, List<ModelSource> sources) {
    static PullTarget of(CatalogEntry entry) {
        OptionalLong exact =
                entry.sha256().isPresent() ? OptionalLong.of(entry.bytes()) : OptionalLong.empty();
        return new PullTarget(entry.name(), exact, entry.sha256(), entry.sources());
    }

    /** The file to copy, where that is all there is to do. */
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

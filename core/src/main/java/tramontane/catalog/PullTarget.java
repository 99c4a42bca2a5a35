package tramontane.catalog;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import tramontane.gguf.SplitName;

/**
 * The file that a pull should produce.
 *
 * @param bytes exact size, if known
 * @param sha256 sum, if known
 * @param parts sizes and sums of the files of a split model, if known
 */
record PullTarget(
        String name,
        OptionalLong bytes,
        Optional<String> sha256,
        List<CatalogEntry.Part> parts,
        List<ModelSource> sources) {
    static PullTarget of(CatalogEntry entry) {
        return of(entry.name(), entry.download());
    }

    /** The image encoder of a model. */
    static Optional<PullTarget> encoder(CatalogEntry entry) {
        return entry.encoder().map(encoder -> of(EncoderName.of(entry.name()), encoder.download()));
    }

    private static PullTarget of(String name, CatalogEntry.Download download) {
        // The size of a split model is that of all its files, and each part has its own.
        boolean exact = download.exact() && download.parts().isEmpty();
        return new PullTarget(
                name,
                exact ? OptionalLong.of(download.bytes()) : OptionalLong.empty(),
                download.sha256(),
                download.parts(),
                download.sources());
    }

    /** The file to copy, if the source is a local file. */
    Optional<Path> localFile() {
        return sources.size() == 1 && sources.getFirst() instanceof ModelSource.LocalFile(Path path)
                ? Optional.of(path)
                : Optional.empty();
    }

    /** The files that the model consists of: one, or all parts of a split model. */
    List<PullTarget> files() {
        Optional<SplitName> split =
                sources.stream().flatMap(source -> source.split().stream()).findFirst();
        return split.map(any -> any.all().stream().map(this::part).toList()).orElse(List.of(this));
    }

    /** A part. If the catalogue has no sum of it, it has the sum that the hub publishes. */
    private PullTarget part(SplitName part) {
        String model = SplitName.parse(name + Catalog.EXTENSION).map(SplitName::model).orElse(name);
        String file = new SplitName(model, part.part(), part.parts()).file();
        Optional<CatalogEntry.Part> known =
                parts.size() == part.parts()
                        ? Optional.of(parts.get(part.part() - 1))
                        : Optional.empty();
        return new PullTarget(
                file.substring(0, file.length() - Catalog.EXTENSION.length()),
                known.map(each -> OptionalLong.of(each.bytes())).orElse(OptionalLong.empty()),
                known.map(CatalogEntry.Part::sha256),
                List.of(),
                sources.stream().flatMap(source -> source.part(part).stream()).toList());
    }

    boolean hasSource(String spec) {
        return sources.stream().anyMatch(source -> source.spec().equals(spec));
    }

    static PullTarget of(ModelSource source) {
        return new PullTarget(
                source.modelName(),
                OptionalLong.empty(),
                Optional.empty(),
                List.of(),
                List.of(source));
    }
}

package tramontane.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** How an existing file in the models directory relates to a pull of the same name. */
sealed interface StoredModel {
    /**
     * It is the model that the pull would download.
     *
     * @param noted whether its manifest already says so
     */
    record Right(String sum, boolean noted) implements StoredModel {}

    /** It was that model, or has its size, and its content is wrong now. */
    record Damaged(String sum) implements StoredModel {}

    /** It is another model, which the pull must not replace. */
    record Other(String sum) implements StoredModel {}

    /** Compares by the sum, so the whole file is read. */
    static StoredModel compare(Catalog catalog, PullTarget target, Path file) throws IOException {
        String sum = catalog.check().sum(target.name());
        Optional<Manifest> manifest = catalog.manifest(target.name());
        boolean intact = manifest.filter(each -> each.sha256().equals(sum)).isPresent();
        if (target.localFile().isPresent()) {
            if (Files.isSameFile(target.localFile().get(), file)) {
                return inPlace(catalog, target.name(), sum, manifest);
            }
            return compareLocal(target.localFile().get(), sum, manifest, intact);
        }
        if (target.sha256().isPresent()) {
            if (target.sha256().get().equals(sum)) {
                return new Right(sum, intact);
            }
            boolean sameSize = target.bytes().orElse(-1) == Files.size(file);
            return manifest.isPresent() && !intact || manifest.isEmpty() && sameSize
                    ? new Damaged(sum)
                    : new Other(sum);
        }
        if (!manifest.filter(each -> target.hasSource(each.source())).isPresent()) {
            return new Other(sum);
        }
        return intact ? new Right(sum, true) : new Damaged(sum);
    }

    /** The pull's source is the existing file itself, so only its manifest is missing. */
    private static StoredModel inPlace(
            Catalog catalog, String name, String sum, Optional<Manifest> manifest) {
        Optional<String> expected =
                manifest.map(Manifest::sha256)
                        .or(() -> catalog.download(name).flatMap(CatalogEntry.Download::sha256));
        if (expected.isPresent() && !expected.get().equals(sum)) {
            throw new PullException(
                    catalog.fileOf(name)
                            + " has the SHA-256 sum "
                            + sum
                            + ", "
                            + expected.get()
                            + " was expected: it is damaged, or another model that needs another name");
        }
        return new Right(sum, manifest.isPresent());
    }

    private static StoredModel compareLocal(
            Path source, String sum, Optional<Manifest> manifest, boolean intact)
            throws IOException {
        if (PartFile.sumOf(source).equals(sum)) {
            return new Right(sum, intact);
        }
        boolean fromThere =
                manifest.filter(each -> each.source().equals(source.toString())).isPresent();
        return fromThere && !intact ? new Damaged(sum) : new Other(sum);
    }
}

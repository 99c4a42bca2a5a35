package tramontane.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tramontane.gguf.SplitName;
import tramontane.packed.PackedPlace;

/** The models that can be pulled by name, and the files in the models directory. */
public final class Catalog {
    static final String EXTENSION = ".gguf";
    static final String MANIFEST = ".json";

    private final Path directory;
    private final List<CatalogEntry> entries;
    private final CatalogEntry standard;
    private final List<CatalogEntry> best;

    private Catalog(Path directory, CatalogFile file) {
        this.directory = directory;
        this.entries = file.entries();
        this.standard = file.standard();
        this.best = file.best();
    }

    /**
     * Loads the catalogue that is part of this program.
     *
     * @param directory the models directory, which need not exist yet
     */
    public static Catalog load(Path directory) {
        try (InputStream json =
                Objects.requireNonNull(Catalog.class.getResourceAsStream("catalog.json"))) {
            return parse(directory, JsonMapper.shared().readTree(json));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Catalog parse(Path directory, JsonNode json) {
        return new Catalog(directory, CatalogFile.parse(json));
    }

    /** All models of the catalogue, installed or not. */
    public List<CatalogEntry> list() {
        return entries;
    }

    public Optional<CatalogEntry> find(String name) {
        return entries.stream().filter(entry -> entry.name().equals(name)).findFirst();
    }

    /** The model that is served by default. */
    public CatalogEntry standard() {
        return standard;
    }

    /** The best model for general chat whose memory is at most {@code bytes}. */
    public Optional<CatalogEntry> bestWithin(long bytes) {
        return best.stream().filter(entry -> entry.totalRamBytes() <= bytes).findFirst();
    }

    public Path directory() {
        return directory;
    }

    /** The file of an installed model, found by its name. */
    public Optional<Path> path(String name) {
        return installed().contains(name)
                ? Optional.of(fileOf(files(name).getFirst()))
                : Optional.empty();
    }

    /**
     * The names of a model's files without their extension: the model's own name, or those of the
     * parts of a split model.
     */
    List<String> files(String model) {
        if (Files.isRegularFile(fileOf(model))) {
            return List.of(model);
        }
        return fileNames().stream()
                .flatMap(file -> SplitName.parse(file).stream())
                .filter(split -> split.isFirst() && split.model().equals(model))
                .findFirst()
                .map(split -> split.all().stream().map(part -> stem(part.file())).toList())
                .orElse(List.of(model));
    }

    /**
     * The file of an installed model, found by its name or by the path of any file; of a split
     * model, its first part. If its SHA-256 sum is known and the file changed since the last check,
     * the file is verified. So is each part of a split model, and an image encoder that was pulled
     * with it.
     *
     * @param reading called before the file is read, which takes about a second for some gigabytes
     * @throws DamagedModelException if the sum is wrong
     */
    public Optional<Path> locate(String nameOrPath, Runnable reading) throws IOException {
        Optional<Path> file = path(nameOrPath);
        if (file.isPresent()) {
            throwIfDamaged(nameOrPath, reading);
            throwIfEncoderDamaged(nameOrPath, reading);
            return file;
        }
        Path path = Path.of(nameOrPath);
        if (!Files.isRegularFile(path)) {
            return Optional.empty();
        }
        // A file copied there by hand may be any model: it is verified only if used by name.
        for (Path part : SplitName.files(path)) {
            Optional<String> name = nameOf(part).filter(each -> manifest(each).isPresent());
            if (name.isPresent()) {
                throwIfDamaged(name.get(), reading);
            }
        }
        if (nameOf(path).isPresent()) {
            throwIfEncoderDamaged(EncoderName.modelOf(path), reading);
        }
        return Optional.of(path);
    }

    /** An encoder without a manifest was copied there by hand, and may be any. */
    private void throwIfEncoderDamaged(String model, Runnable reading) throws IOException {
        String encoder = EncoderName.of(model);
        if (manifest(encoder).isPresent()) {
            throwIfDamaged(encoder, reading);
        }
    }

    private void throwIfDamaged(String name, Runnable reading) throws IOException {
        if (check().verifyIfChanged(name, reading)
                instanceof ModelCheck.Verdict.Damaged(String message)) {
            throw new DamagedModelException(message);
        }
    }

    /** The name, without its extension, of a file in the models directory. */
    Optional<String> nameOf(Path file) throws IOException {
        String name = file.getFileName().toString();
        boolean inside =
                name.endsWith(EXTENSION)
                        && Files.isDirectory(directory)
                        && Files.isSameFile(file.toAbsolutePath().getParent(), directory);
        return inside ? Optional.of(stem(name)) : Optional.empty();
    }

    /** Verifies the files of models. */
    public ModelCheck check() {
        return new ModelCheck(this);
    }

    /**
     * The names of all models in the directory, sorted. A split model needs all its parts. Image
     * encoders are no models.
     */
    public List<String> installed() {
        Set<String> files = fileNames();
        return files.stream()
                .filter(file -> !EncoderName.isOne(file))
                .flatMap(file -> modelOf(file, files).stream())
                .distinct()
                .sorted()
                .toList();
    }

    /** The names of all image encoders in the directory, sorted. */
    public List<String> encoders() {
        return fileNames().stream().filter(EncoderName::isOne).map(Catalog::stem).sorted().toList();
    }

    /** The size of all packed weights beside the models, which can be deleted. */
    public long packedBytes() {
        return namesEnding(EXTENSION + PackedPlace.EXTENSION).stream()
                .mapToLong(name -> directory.resolve(name).toFile().length())
                .sum();
    }

    /** True if the image encoder that a pull stores for a model is here. */
    public boolean hasEncoder(String model) {
        return Files.isRegularFile(fileOf(EncoderName.of(model)));
    }

    /** What the catalogue knows of a file: of a model, or of a model's image encoder. */
    Optional<CatalogEntry.Download> download(String name) {
        Optional<CatalogEntry.Download> encoder =
                EncoderName.model(name)
                        .flatMap(this::find)
                        .flatMap(CatalogEntry::encoder)
                        .map(CatalogEntry.Encoder::download);
        return encoder.or(() -> find(name).map(CatalogEntry::download));
    }

    private static Optional<String> modelOf(String file, Set<String> files) {
        Optional<SplitName> split = SplitName.parse(file);
        if (split.isEmpty()) {
            return Optional.of(stem(file));
        }
        return split.filter(SplitName::isFirst)
                .filter(first ->
                        first.all().stream().map(SplitName::file).allMatch(files::contains))
                .map(SplitName::model);
    }

    private Set<String> fileNames() {
        return namesEnding(EXTENSION);
    }

    /** The names of the files that end so. */
    private Set<String> namesEnding(String extension) {
        if (!Files.isDirectory(directory)) {
            return Set.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(extension))
                    .collect(Collectors.toUnmodifiableSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String stem(String file) {
        return file.substring(0, file.length() - EXTENSION.length());
    }

    /**
     * The manifest of a model's file or of one part of a split model; empty if the file was copied
     * there by hand.
     */
    public Optional<Manifest> manifest(String name) {
        return Files.isRegularFile(fileOf(name))
                ? Manifest.read(manifestOf(name))
                : Optional.empty();
    }

    Path fileOf(String name) {
        return directory.resolve(name + EXTENSION);
    }

    Path manifestOf(String name) {
        return directory.resolve(name + MANIFEST);
    }

    Path checkNoteOf(String name) {
        return directory.resolve("." + name + ".checked");
    }
}

package tramontane.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import tramontane.api.Sha256;
import tramontane.catalog.ModelCheck.Verdict.Damaged;
import tramontane.catalog.ModelCheck.Verdict.NoSum;
import tramontane.catalog.ModelCheck.Verdict.Sound;
import tramontane.gguf.SplitName;

/**
 * Compares model files with their SHA-256 sums: that of the manifest or, without one, that of the
 * catalogue.
 */
public final class ModelCheck {
    /** The result of a check. */
    public sealed interface Verdict {
        record Sound() implements Verdict {}

        /** The file's sum is unknown: it was copied there by hand. */
        record NoSum() implements Verdict {}

        /**
         * @param message what is wrong, and what to do
         */
        record Damaged(String message) implements Verdict {}
    }

    private final Catalog catalog;

    ModelCheck(Catalog catalog) {
        this.catalog = catalog;
    }

    /** Reads the files of an installed model and compares their sums. */
    public Verdict verify(String model) throws IOException {
        return verdict(model, this::verifyFile);
    }

    /** Compares one file with its sum. */
    @FunctionalInterface
    private interface FileCheck {
        Verdict verify(String name) throws IOException;
    }

    /** The first damage of a file, or else whether all files have a sum. */
    private Verdict verdict(String model, FileCheck check) throws IOException {
        Verdict all = new Sound();
        for (String name : catalog.files(model)) {
            switch (check.verify(name)) {
                case Sound _ -> {}
                case NoSum unknown -> all = unknown;
                case Damaged damaged -> {
                    return damaged;
                }
            }
        }
        return all;
    }

    private Verdict verifyFile(String name) throws IOException {
        Path file = catalog.fileOf(name);
        Optional<Manifest> manifest = catalog.manifest(name);
        Optional<String> expected = expected(name);
        if (expected.isEmpty()) {
            return new NoSum();
        }
        if (manifest.isPresent() && manifest.get().bytes() != Files.size(file)) {
            return damaged(
                    name,
                    "it has " + Files.size(file) + " bytes instead of " + manifest.get().bytes());
        }
        if (manifest.isEmpty()) {
            CatalogEntry.Download known = catalog.download(name).orElseThrow();
            if (known.exact() && Files.size(file) != known.bytes()) {
                return other(name, known.bytes());
            }
        }
        String sum = sum(name);
        return sum.equals(expected.get())
                ? new Sound()
                : damaged(
                        name,
                        "its SHA-256 sum is " + sum + ", " + expected.get() + " was expected");
    }

    /**
     * Like {@link #verify}, but reads only files that changed since the last check.
     *
     * @param reading called before a file is read, which takes about a second for some gigabytes
     */
    Verdict verifyIfChanged(String model, Runnable reading) throws IOException {
        return verdict(model, name -> verifyFileIfChanged(name, reading));
    }

    private Verdict verifyFileIfChanged(String name, Runnable reading) throws IOException {
        Optional<String> expected = expected(name);
        if (expected.isEmpty()) {
            return new NoSum();
        }
        CheckNote now = CheckNote.of(catalog.fileOf(name));
        boolean known =
                CheckNote.read(catalog.checkNoteOf(name))
                        .filter(note -> note.matches(now) && note.sha256().equals(expected.get()))
                        .isPresent();
        if (known) {
            return new Sound();
        }
        reading.run();
        return verifyFile(name);
    }

    /**
     * The SHA-256 sum of any model. A file in the models directory is read only if it changed since
     * its sum was last computed.
     *
     * <p>The sum of a split model covers all its parts: it is the sum of the list of their sums,
     * one per line, as {@code sha256sum NAME-*-of-*.gguf | cut -c 1-64 | sha256sum} computes it.
     *
     * @param first the file of the model, or the first part of a split one
     */
    public String sum(Path first) throws IOException {
        List<Path> files = SplitName.files(first);
        if (files.size() == 1) {
            return sumOfFile(first);
        }
        StringBuilder sums = new StringBuilder();
        for (Path file : files) {
            sums.append(sumOfFile(file)).append('\n');
        }
        return Sha256.of(sums.toString());
    }

    private String sumOfFile(Path file) throws IOException {
        Optional<String> name = catalog.nameOf(file);
        if (name.isEmpty()) {
            return PartFile.sumOf(file);
        }
        CheckNote now = CheckNote.of(file);
        Optional<String> noted =
                CheckNote.read(catalog.checkNoteOf(name.get()))
                        .filter(note -> note.matches(now))
                        .map(CheckNote::sha256);
        return noted.isPresent() ? noted.get() : sum(name.get());
    }

    /** Computes the sum of an installed file, and stores it beside the file. */
    String sum(String name) throws IOException {
        Path file = catalog.fileOf(name);
        CheckNote before = CheckNote.of(file);
        String sum = PartFile.sumOf(file);
        if (!before.equals(CheckNote.of(file))) {
            throw new IOException(file + " changed while it was being checked");
        }
        note(name, before.withSum(sum));
        return sum;
    }

    /** Stores the sum of a file that was just written. */
    void note(String name, String sum) throws IOException {
        note(name, CheckNote.of(catalog.fileOf(name)).withSum(sum));
    }

    private void note(String name, CheckNote note) {
        try {
            SafeFiles.writeJson(catalog.checkNoteOf(name), note);
        } catch (IOException readOnly) {
            // Without the note, the file is read again next time.
            return;
        }
    }

    private Optional<String> expected(String name) {
        return catalog.manifest(name)
                .map(Manifest::sha256)
                .or(() -> catalog.download(name).flatMap(CatalogEntry.Download::sha256));
    }

    /** A file without a manifest and with another size is probably not the catalogue's model. */
    private Damaged other(String name, long wanted) throws IOException {
        Path file = catalog.fileOf(name);
        Optional<String> model = EncoderName.model(name);
        if (model.isPresent()) {
            return new Damaged(
                    file
                            + " is not the image encoder of the catalogue: it has "
                            + Files.size(file)
                            + " bytes instead of "
                            + wanted
                            + ". Move it away and run ./tramontane pull "
                            + model.get());
        }
        return new Damaged(
                file
                        + " is not the model "
                        + name
                        + " of the catalogue: it has "
                        + Files.size(file)
                        + " bytes instead of "
                        + wanted
                        + ". Run it by its path with --model "
                        + file
                        + ", or move it away and run ./tramontane pull "
                        + name);
    }

    private Damaged damaged(String name, String what) {
        String spec =
                catalog.manifest(name)
                        .map(Manifest::source)
                        .filter(source -> catalog.download(name).isEmpty())
                        .orElse(EncoderName.model(name).orElse(name));
        return new Damaged(
                catalog.fileOf(name)
                        + " is damaged: "
                        + what
                        + ". Fetch it again: ./tramontane pull "
                        + spec);
    }
}

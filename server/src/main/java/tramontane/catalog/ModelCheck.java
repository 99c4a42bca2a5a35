package tramontane.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import tramontane.catalog.ModelCheck.Verdict.Damaged;
import tramontane.catalog.ModelCheck.Verdict.NoSum;
import tramontane.catalog.ModelCheck.Verdict.Sound;

/**
 * Compares files of the models directory with the SHA-256 sums they should have: the sum of the
 * manifest, or without one the sum of the catalogue.
 */
public final class ModelCheck {
    /** What came of a check. */
    public sealed interface Verdict {
        record Sound() implements Verdict {}

        /** Nobody knows which sum the file should have: it was put there by hand. */
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

    /** Reads the whole file of an installed model and compares its sum. */
    public Verdict verify(String name) throws IOException {
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
            long wanted = catalog.find(name).map(CatalogEntry::bytes).orElseThrow();
            if (Files.size(file) != wanted) {
                return other(name, wanted);
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
     * Like {@link #verify}, but reads the file only if it changed since its sum was last worked
     * out.
     *
     * @param reading runs before the file is read, which takes a second for some gigabytes
     */
    Verdict verifyIfChanged(String name, Runnable reading) throws IOException {
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
        return verify(name);
    }

    /** The sum of an installed file, which is noted down beside it. */
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

    /** Notes the sum of a file that has just been written. */
    void note(String name, String sum) throws IOException {
        note(name, CheckNote.of(catalog.fileOf(name)).withSum(sum));
    }

    private void note(String name, CheckNote note) {
        try {
            SafeFiles.writeJson(catalog.checkNoteOf(name), note);
        } catch (IOException readOnly) {
            // The file is read again next time, which is all that is lost.
            return;
        }
    }

    private Optional<String> expected(String name) {
        return catalog.manifest(name)
                .map(Manifest::sha256)
                .or(() -> catalog.find(name).flatMap(CatalogEntry::sha256));
    }

    /** A file of another size that has no manifest was hardly meant to be the catalogue's. */
    private Damaged other(String name, long wanted) throws IOException {
        Path file = catalog.fileOf(name);
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
                        .filter(source -> catalog.find(name).isEmpty())
                        .orElse(name);
        return new Damaged(
                catalog.fileOf(name)
                        + " is damaged: "
                        + what
                        + ". Fetch it again: ./tramontane pull "
                        + spec);
    }
}

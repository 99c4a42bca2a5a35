package tramontane.packed;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import tramontane.gguf.GgufFile;
import tramontane.kernel.Workers;

/**
 * The packed weights of one model while it is loaded. A matrix is {@linkplain #fill filled} from
 * the model's file of packed weights; if it is not there, or damaged, it is packed from the model.
 * If anything was packed, {@link #save} writes a new file in the background.
 *
 * <p>Only the loading thread uses it before {@link #save}; {@link #close} may come from any thread.
 */
public final class PackedWeights implements AutoCloseable {
    private static final Logger LOG = System.getLogger(PackedWeights.class.getName());

    /** The place for the weights of a model, and the file that was found there. */
    private record Cache(PackedWriter.Target target, Optional<StoredWeights> stored) {
        Path file() {
            return target.file();
        }
    }

    /** A matrix whose parts are read when they are needed. */
    private record Unread(StoredMatrix stored, MemorySegment into) {}

    /** A matrix that {@link #finish} reads, or packs if it is damaged. */
    private record Waiting(StoredMatrix stored, MemorySegment into, Runnable packing) {}

    private final Optional<Cache> cache;
    private final List<PackedWriter.Source> matrices = new ArrayList<>();
    private final Map<String, Supplier<byte[]>> others = new LinkedHashMap<>();
    private final Map<MatrixKey, Unread> unread = new HashMap<>();
    private final List<Waiting> waiting = new ArrayList<>();
    private boolean changed;
    private Optional<PackedWriter> writer = Optional.empty();

    private PackedWeights(Optional<Cache> cache) {
        this.cache = cache;
    }

    /** No file: every matrix is packed. */
    public static PackedWeights none() {
        return new PackedWeights(Optional.empty());
    }

    /** Looks for the packed weights of a model. Whatever is wrong with them goes to the log. */
    public static PackedWeights open(GgufFile model, PackedPlace place) {
        return new PackedWeights(
                place.fileOf(model.path())
                        .map(file ->
                                new PackedWriter.Target(
                                        file, model.path(), place, model.identities()))
                        .map(target -> new Cache(target, stored(target))));
    }

    private static Optional<StoredWeights> stored(PackedWriter.Target target) {
        try {
            StoredWeights stored = StoredWeights.open(target.file(), target.identities());
            LOG.log(Level.INFO, "Packed weights are read from {0}", target.file());
            return Optional.of(stored);
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (PackedTable.UnusableException | IOException e) {
            LOG.log(
                    Level.INFO,
                    "The packed weights in {0} are not used, they are made again: {1}",
                    target.file(),
                    e.getMessage());
            return Optional.empty();
        }
    }

    private Optional<StoredMatrix> find(MatrixKey key) {
        return cache.flatMap(Cache::stored).flatMap(stored -> stored.find(key));
    }

    /** Whether the model's file of packed weights has a matrix. */
    public boolean has(MatrixKey key) {
        return find(key).isPresent();
    }

    /**
     * Fills a matrix. If the file of packed weights has it, {@link #finish} reads it; otherwise it
     * is packed now.
     *
     * @param into must stay until {@link #close}
     * @param packing fills it from the model
     */
    public void fill(MatrixKey key, MemorySegment into, Runnable packing) {
        Optional<StoredMatrix> found = find(key);
        if (found.isEmpty()) {
            packing.run();
            addPieces(key, into, StoredMatrix.PIECE_BYTES);
            return;
        }
        waiting.add(new Waiting(found.get(), into, packing));
        matrices.add(new PackedWriter.Source(key, into, found.get().pieceBytes()));
    }

    /**
     * Reads all matrices that were to be filled. That is one run of the workers and not one for
     * each matrix: most matrices are no larger than a piece, so only one worker would read.
     */
    public void finish(Workers workers) {
        if (waiting.isEmpty()) {
            return;
        }
        Cache from = cache.orElseThrow();
        List<StoredWeights.Reading> readings =
                waiting.stream()
                        .map(each -> new StoredWeights.Reading(each.stored, each.into))
                        .toList();
        BitSet damaged = from.stored.orElseThrow().read(readings, workers);
        damaged.stream().forEach(i -> pack(waiting.get(i), from.file()));
        waiting.clear();
    }

    private void pack(Waiting damaged, Path file) {
        LOG.log(
                Level.WARNING,
                "The packed weights in {0} are damaged at {1}, which is packed again",
                file,
                damaged.stored.key().tensor());
        damaged.packing.run();
        changed = true;
    }

    /**
     * Makes something of what an earlier load has {@linkplain #keep kept}. Any thread may call it.
     *
     * @param making gets bytes that it must not keep
     * @return empty if nothing was kept by this name, or it is damaged
     */
    public <T> Optional<T> kept(String name, Function<MemorySegment, Optional<T>> making) {
        return cache.flatMap(Cache::stored).flatMap(stored -> stored.other(name, making));
    }

    /**
     * Keeps what was made of the model and is no matrix.
     *
     * @param isNew false if it was made of what is kept
     * @param bytes what to keep, for {@link #save}
     */
    public void keep(String name, boolean isNew, Supplier<byte[]> bytes) {
        others.put(name, bytes);
        changed |= isNew && cache.isPresent();
    }

    /**
     * Leaves a matrix to be read later, if it is here. Each of its parts must not be used before
     * its {@link #firstUse}.
     *
     * @param parts of equal size
     * @return false if it must be packed
     */
    public boolean fillLater(MatrixKey key, MemorySegment into, int parts) {
        Optional<StoredMatrix> found =
                find(key).filter(stored -> stored.pieceBytes() * parts == stored.bytes());
        found.ifPresent(stored -> unread.put(key, new Unread(stored, into)));
        return found.isPresent();
    }

    /** What must happen before part {@code part} of each of some matrices is used. */
    public FirstUse firstUse(List<MatrixKey> keys, int part) {
        List<FirstUse.Reading> readings = new ArrayList<>();
        for (MatrixKey key : keys) {
            Optional.ofNullable(unread.get(key))
                    .ifPresent(each -> readings.add(() -> read(each, part)));
        }
        return readings.isEmpty() ? FirstUse.DONE : new FirstUse(readings);
    }

    private void read(Unread matrix, int part) {
        Cache from = cache.orElseThrow();
        if (!from.stored.orElseThrow().read(matrix.stored, part, matrix.into)) {
            throw new DamagedWeightsException(
                    "the packed weights in "
                            + from.file()
                            + " are damaged at "
                            + matrix.stored.key().tensor()
                            + "; "
                            + deleted(from.file()));
        }
    }

    private static String deleted(Path file) {
        try {
            Files.deleteIfExists(file);
            return "the file was deleted, and the next load makes it again";
        } catch (IOException e) {
            return "delete the file (" + e + ")";
        }
    }

    /**
     * Adds a matrix that was packed and can be {@linkplain #fillLater filled later} by the next
     * load.
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
        if (changed && unread.isEmpty()) {
            List<PackedWriter.Other> kept = new ArrayList<>();
            others.forEach((name, bytes) -> kept.add(new PackedWriter.Other(name, bytes.get())));
            writer =
                    Optional.of(
                            PackedWriter.start(
                                    cache.orElseThrow().target, List.copyOf(matrices), kept));
        } else if (changed) {
            // What was not read cannot be written.
            Path file = cache.orElseThrow().file();
            LOG.log(Level.WARNING, "{0} lacks something or is damaged; {1}", file, deleted(file));
        }
        matrices.clear();
        others.clear();
        if (unread.isEmpty()) {
            closeFile();
        }
    }

    private void closeFile() {
        cache.flatMap(Cache::stored).ifPresent(StoredWeights::close);
    }

    /** Waits until the file is written. Returns why it could not be, if that is so. */
    public Optional<String> await() throws InterruptedException {
        return writer.isPresent() ? writer.get().await() : Optional.empty();
    }

    /** Stops writing; a file that is not complete is deleted. */
    @Override
    public void close() {
        writer.ifPresent(PackedWriter::close);
        closeFile();
    }
}

package tramontane.packed;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import tramontane.gguf.FileIdentity;

/**
 * Writes a file of packed weights on a thread of its own, so that nobody waits for the disk. It
 * reads the memory of the weights until it has ended or is closed. If the file cannot be written,
 * the log has a line, and the model runs without it.
 */
final class PackedWriter implements AutoCloseable {
    private static final Logger LOG = System.getLogger(PackedWriter.class.getName());
    private static final String UNFINISHED = ".part";

    /** What must stay free on the disk. */
    private static final long RESERVE_BYTES = 1L << 30;

    /** Longer writes would be interrupted late. */
    private static final long WRITE_BYTES = 8L << 20;

    private static final Set<PosixFilePermission> READERS =
            EnumSet.of(
                    PosixFilePermission.OWNER_READ,
                    PosixFilePermission.GROUP_READ,
                    PosixFilePermission.OTHERS_READ);

    /** A matrix in memory. */
    record Source(MatrixKey key, MemorySegment data, long pieceBytes) {
        int pieces() {
            return StoredMatrix.pieces(data.byteSize(), pieceBytes);
        }
    }

    /**
     * Where to write.
     *
     * @param model the model's only or first file, which decides who may read the weights
     */
    record Target(Path file, Path model, PackedPlace place, List<FileIdentity> identities) {}

    /** Something else, which is written behind the matrices. */
    record Other(String name, byte[] bytes) {}

    private final Target target;
    private final List<Source> matrices;
    private final List<Other> others;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread thread;
    private volatile boolean closed;
    private volatile Optional<String> failure = Optional.empty();

    private PackedWriter(Target target, List<Source> matrices, List<Other> others) {
        this.target = target;
        this.matrices = matrices;
        this.others = others;
        thread = Thread.ofPlatform().daemon().name("tramontane-packed").unstarted(this::run);
    }

    static PackedWriter start(Target target, List<Source> matrices, List<Other> others) {
        PackedWriter writer = new PackedWriter(target, matrices, others);
        writer.thread.start();
        return writer;
    }

    private void run() {
        try {
            long start = System.nanoTime();
            long bytes = write();
            LOG.log(
                    Level.INFO,
                    "Wrote {0} MB of packed weights to {1} in {2} ms; the next load reads them",
                    bytes / 1_000_000,
                    target.file,
                    (System.nanoTime() - start) / 1_000_000);
        } catch (IOException e) {
            failure = Optional.of(target.file + " cannot be written: " + e.getMessage());
            if (!closed) {
                LOG.log(
                        Level.WARNING,
                        "The packed weights are not kept, since {0}",
                        failure.orElseThrow());
            }
        } finally {
            ended.countDown();
        }
    }

    private long write() throws IOException {
        Path folder = Objects.requireNonNull(target.file.toAbsolutePath().getParent());
        PackedTable empty = table(List.of());
        long bytes = empty.fileBytes();
        refusal(bytes, Files.getFileStore(folder).getUsableSpace());
        removeUnfinished(folder);
        Path part = Files.createTempFile(folder, target.file.getFileName() + ".", UNFINISHED);
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE);
                FileLock _ = lock(channel, part)) {
            List<List<Integer>> sums = new ArrayList<>();
            for (int i = 0; i < matrices.size(); i++) {
                Source matrix = matrices.get(i);
                write(channel, matrix.data, empty.matrices().get(i).offset());
                sums.add(StoredMatrix.sums(matrix.data, matrix.pieceBytes));
            }
            for (int i = 0; i < others.size(); i++) {
                write(
                        channel,
                        MemorySegment.ofArray(others.get(i).bytes),
                        empty.others().get(i).offset());
            }
            // The end of the last page, and the table last: without it the file is none.
            fill(channel, bytes);
            write(channel, MemorySegment.ofArray(table(sums).toBytes()), 0);
            channel.force(true);
            permit(part);
            Files.move(part, target.file, StandardCopyOption.ATOMIC_MOVE);
            removeOrphans();
        } finally {
            Files.deleteIfExists(part);
        }
        return bytes;
    }

    /**
     * @param sums of the pieces of each matrix; none while they are not known
     */
    private PackedTable table(List<List<Integer>> sums) {
        // The size of the table does not depend on the offsets in it.
        long start = aligned(table(0, sums).toBytes().length);
        return table(start, sums);
    }

    private PackedTable table(long start, List<List<Integer>> sums) {
        List<StoredMatrix> stored = new ArrayList<>();
        long at = start;
        for (int i = 0; i < matrices.size(); i++) {
            Source matrix = matrices.get(i);
            List<Integer> its =
                    sums.isEmpty() ? Collections.nCopies(matrix.pieces(), 0) : sums.get(i);
            stored.add(new StoredMatrix(matrix.key, at, matrix.pieceBytes, its));
            at = aligned(at + matrix.data.byteSize());
        }
        List<StoredBytes> kept = new ArrayList<>();
        for (Other other : others) {
            int sum = StoredMatrix.sum(MemorySegment.ofArray(other.bytes));
            kept.add(new StoredBytes(other.name, at, other.bytes.length, sum));
            at = aligned(at + other.bytes.length);
        }
        return new PackedTable(
                at,
                target.model.toAbsolutePath().normalize().toString(),
                target.identities,
                stored,
                kept);
    }

    private static long aligned(long offset) {
        return Math.ceilDiv(offset, StoredMatrix.ALIGNMENT) * StoredMatrix.ALIGNMENT;
    }

    /**
     * @throws IOException if so little would stay free that other programs lack it
     */
    static void refusal(long bytes, long usableBytes) throws IOException {
        if (usableBytes - bytes < RESERVE_BYTES) {
            throw new IOException(
                    "they need "
                            + (bytes >> 20)
                            + " MiB, and of "
                            + (usableBytes >> 20)
                            + " MiB free on the disk "
                            + (RESERVE_BYTES >> 20)
                            + " must stay");
        }
    }

    private static FileLock lock(FileChannel channel, Path part) throws IOException {
        return Optional.ofNullable(channel.tryLock())
                .orElseThrow(() -> new IOException("another process took " + part));
    }

    private static void write(FileChannel channel, MemorySegment data, long offset)
            throws IOException {
        for (long at = 0; at < data.byteSize(); ) {
            long end = Math.min(data.byteSize(), at + WRITE_BYTES);
            ByteBuffer piece = data.asSlice(at, end - at).asByteBuffer();
            while (piece.hasRemaining()) {
                at += channel.write(piece, offset + at);
            }
        }
    }

    private static void fill(FileChannel channel, long bytes) throws IOException {
        if (channel.size() < bytes) {
            channel.write(ByteBuffer.allocate(1), bytes - 1);
        }
    }

    /** Gives read permission to the readers of the model, and write permission to nobody. */
    private void permit(Path part) throws IOException {
        if (Files.getFileStore(part).supportsFileAttributeView("posix")) {
            Set<PosixFilePermission> readers = EnumSet.copyOf(READERS);
            readers.retainAll(Files.getPosixFilePermissions(target.model));
            readers.add(PosixFilePermission.OWNER_READ);
            Files.setPosixFilePermissions(part, readers);
        }
    }

    /**
     * Deletes what processes that were killed have left of this file. Who is still writing holds a
     * lock.
     */
    private void removeUnfinished(Path folder) throws IOException {
        String start = target.file.getFileName() + ".";
        try (DirectoryStream<Path> parts =
                Files.newDirectoryStream(
                        folder,
                        each -> {
                            String name = each.getFileName().toString();
                            return name.startsWith(start) && name.endsWith(UNFINISHED);
                        })) {
            for (Path part : parts) {
                if (isLeft(part)) {
                    Files.deleteIfExists(part);
                }
            }
        }
    }

    /** In a common folder, deletes the packed weights of models that are not there any more. */
    private void removeOrphans() throws IOException {
        if (!(target.place instanceof PackedPlace.Folder(Path folder))) {
            return;
        }
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(folder, "*" + PackedPlace.EXTENSION)) {
            for (Path file : files) {
                if (isOrphan(file)) {
                    Files.delete(file);
                    LOG.log(Level.INFO, "Deleted {0}, whose model is gone", file);
                }
            }
        }
    }

    private static boolean isOrphan(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return PackedTable.modelPathOf(channel)
                    .filter(model -> Files.notExists(Path.of(model)))
                    .isPresent();
        } catch (InvalidPathException ofAnotherSystem) {
            return false;
        }
    }

    private static boolean isLeft(Path part) {
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            return lock != null;
        } catch (IOException | OverlappingFileLockException inUse) {
            return false;
        }
    }

    /** Waits until the file is written. Returns why it could not be, if that is so. */
    Optional<String> await() throws InterruptedException {
        ended.await();
        return failure;
    }

    /** Stops writing and waits for the thread. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        boolean interrupted = false;
        while (ended.getCount() > 0) {
            try {
                ended.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

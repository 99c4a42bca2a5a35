package tramontane.packed;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.zip.CRC32C;
import tramontane.gguf.FileIdentity;
import tramontane.kernel.Workers;

/**
 * An open file of packed weights. It is read and not mapped: a mapping has small pages, with which
 * decoding took 1.7 times as long, and access behind the end of a truncated file kills the process.
 *
 * <p>Several threads may read at the same time.
 */
final class StoredWeights implements AutoCloseable {
    /** About half of a second-level cache, so that the checksum finds there what was read. */
    private static final int READ_BYTES = 512 << 10;

    private final FileChannel file;
    private final Map<MatrixKey, StoredMatrix> matrices = new HashMap<>();
    private final List<StoredBytes> others;

    private StoredWeights(FileChannel file, PackedTable table) {
        this.file = file;
        table.matrices().forEach(matrix -> matrices.put(matrix.key(), matrix));
        others = table.others();
    }

    /**
     * @param model what the files of the model are now
     * @throws PackedTable.UnusableException if the file is damaged, or was made by another version
     *     or from other files
     */
    static StoredWeights open(Path path, List<FileIdentity> model)
            throws IOException, PackedTable.UnusableException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        boolean usable = false;
        try {
            PackedTable table = PackedTable.read(channel);
            if (!table.model().equals(model)) {
                throw new PackedTable.UnusableException(
                        "the model has changed since it was made, or it is another model's");
            }
            usable = true;
            return new StoredWeights(channel, table);
        } finally {
            if (!usable) {
                channel.close();
            }
        }
    }

    Optional<StoredMatrix> find(MatrixKey key) {
        return Optional.ofNullable(matrices.get(key));
    }

    /**
     * Makes something of what is kept by a name.
     *
     * @param making gets bytes that it must not keep
     * @return empty if there is none, or it cannot be read or is damaged
     */
    <T> Optional<T> other(String name, Function<MemorySegment, Optional<T>> making) {
        return others.stream()
                .filter(other -> other.name().equals(name))
                .findFirst()
                .flatMap(other -> other(other, making));
    }

    private <T> Optional<T> other(StoredBytes other, Function<MemorySegment, Optional<T>> making) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(other.bytes());
            return read(other.offset(), data, other.sum()) ? making.apply(data) : Optional.empty();
        }
    }

    /** A matrix to be read, and where it goes. */
    record Reading(StoredMatrix matrix, MemorySegment into) {
        int pieces() {
            return matrix.sums().size();
        }
    }

    /**
     * Reads matrices, all workers together.
     *
     * @return those that cannot be read or have a wrong checksum
     */
    BitSet read(List<Reading> readings, Workers workers) {
        int[] first = new int[readings.size()];
        int pieces = 0;
        for (int i = 0; i < first.length; i++) {
            first[i] = pieces;
            pieces += readings.get(i).pieces();
        }
        BitSet damaged = new BitSet();
        workers.run(
                pieces,
                (piece, worker) -> {
                    int found = Arrays.binarySearch(first, piece);
                    int i = found >= 0 ? found : -found - 2;
                    Reading reading = readings.get(i);
                    if (!read(reading.matrix, piece - first[i], reading.into)) {
                        synchronized (damaged) {
                            damaged.set(i);
                        }
                    }
                });
        return damaged;
    }

    /**
     * Reads a piece of a matrix to its place in {@code into}.
     *
     * @return false if it cannot be read or its checksum is wrong
     */
    boolean read(StoredMatrix matrix, int piece, MemorySegment into) {
        return read(
                matrix.offset() + piece * matrix.pieceBytes(),
                matrix.piece(into, piece),
                matrix.sums().get(piece));
    }

    private boolean read(long offset, MemorySegment data, int expected) {
        CRC32C sum = new CRC32C();
        try {
            for (long at = 0; at < data.byteSize(); at += READ_BYTES) {
                long bytes = Math.min(READ_BYTES, data.byteSize() - at);
                ByteBuffer buffer = data.asSlice(at, bytes).asByteBuffer();
                while (buffer.hasRemaining()) {
                    if (file.read(buffer, offset + at + buffer.position()) < 0) {
                        return false;
                    }
                }
                sum.update(buffer.flip());
            }
        } catch (IOException unreadable) {
            return false;
        }
        return (int) sum.getValue() == expected;
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException readOnly) {
            // Nothing was written, so nothing is lost.
            return;
        }
    }
}

package tramontane.packed;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import tramontane.gguf.FileIdentity;
import tramontane.kernel.Workers;

/** A mapped file of packed weights. The mapping ends with the arena, the file is closed before. */
final class MappedWeights {
    private final MemorySegment file;
    private final Map<MatrixKey, StoredMatrix> matrices = new HashMap<>();

    private MappedWeights(MemorySegment file, PackedTable table) {
        this.file = file;
        table.matrices().forEach(matrix -> matrices.put(matrix.key(), matrix));
    }

    /**
     * @param model what the files of the model are now
     * @throws PackedTable.UnusableException if the file is damaged, or was made by another version
     *     or from other files
     */
    static MappedWeights open(Path path, List<FileIdentity> model, Arena arena)
            throws IOException, PackedTable.UnusableException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            PackedTable table = PackedTable.read(channel);
            if (!table.model().equals(model)) {
                throw new PackedTable.UnusableException(
                        "the model has changed since it was made, or it is another model's");
            }
            MemorySegment mapped =
                    channel.map(FileChannel.MapMode.READ_ONLY, 0, table.fileBytes(), arena);
            // A segment of the class that all other memory has: the JIT compilers would make slower
            // code for two classes.
            MemorySegment plain =
                    MemorySegment.ofAddress(mapped.address())
                            .reinterpret(mapped.byteSize(), arena, _ -> {})
                            .asReadOnly();
            return new MappedWeights(plain, table);
        }
    }

    Optional<StoredMatrix> find(MatrixKey key) {
        return Optional.ofNullable(matrices.get(key));
    }

    MemorySegment data(StoredMatrix matrix) {
        return file.asSlice(matrix.offset(), matrix.bytes());
    }

    /** Compares the checksums of all pieces, which reads the whole matrix. */
    boolean isSound(StoredMatrix matrix, Workers workers) {
        MemorySegment data = data(matrix);
        AtomicBoolean sound = new AtomicBoolean(true);
        workers.run(
                matrix.sums().size(),
                (piece, worker) -> {
                    if (!isSound(matrix, data, piece)) {
                        sound.set(false);
                    }
                });
        return sound.get();
    }

    private static boolean isSound(StoredMatrix matrix, MemorySegment data, int piece) {
        return StoredMatrix.sum(matrix.piece(data, piece)) == matrix.sums().get(piece);
    }

    boolean isSound(StoredMatrix matrix, int piece) {
        return isSound(matrix, data(matrix), piece);
    }
}

package tramontane.gguf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import tramontane.tensor.Tensor;

/**
 * An open GGUF file, or all files of a split model. Its metadata stays readable after {@link
 * #close}.
 *
 * <pre>
 * "GGUF" | version u32 | tensor count u64 | key count u64
 * key string | value type u32 | value                          for each key
 * name string | dims u32 | u64 per dim | type u32 | offset u64    for each tensor
 * padding to general.alignment
 * data: tensors at their offsets, each aligned
 * </pre>
 */
public final class GgufFile implements AutoCloseable {
    private final FileParts parts;

    private GgufFile(FileParts parts) {
        this.parts = parts;
    }

    /**
     * Opens the file, and reads and checks its whole header. If it is the first part of a split
     * model, the other parts are opened as well.
     */
    @SuppressWarnings("MustBeClosedChecker") // closed with the file that is returned
    public static GgufFile open(Path path) {
        return new GgufFile(FileParts.open(path));
    }

    /** Reads and checks the header of a file that may be a part of a split model. */
    public static void checkPart(Path path) {
        FilePart.open(path).close();
    }

    /** The file, or the first part of a split model. */
    public Path path() {
        return parts.path();
    }

    /** The identity of the file, or of all parts of a split model. */
    public List<FileIdentity> identities() {
        return parts.identities();
    }

    public GgufMetadata metadata() {
        return parts.metadata();
    }

    /** All tensors, in the order of the file. */
    public Collection<TensorInfo> tensors() {
        return parts.tensors();
    }

    public Optional<TensorInfo> tensor(String name) {
        return parts.tensor(name);
    }

    public TensorInfo required(String name) {
        return tensor(name)
                .orElseThrow(() -> new GgufException("tensor " + name, "is missing from the file"));
    }

    /**
     * Reads {@code rows} rows of a tensor, from {@code firstRow} on, to the start of {@code into}.
     * Throws {@link GgufException} if the file was truncated. Several threads may read at the same
     * time.
     *
     * @return a tensor of these rows whose data is in {@code into}
     */
    public Tensor read(TensorInfo tensor, long firstRow, long rows, MemorySegment into) {
        Objects.checkFromIndexSize(firstRow, rows, tensor.rows());
        long rowBytes = tensor.rowBytes();
        MemorySegment data = into.asSlice(0, rows * rowBytes);
        if (tensor.stored().isPresent()) {
            convert(tensor, tensor.stored().get(), firstRow, data);
        } else {
            parts.fileOf(tensor).read(tensor.offset() + firstRow * rowBytes, data);
        }
        return new Tensor(tensor.name(), tensor.dtype(), rows, tensor.columns(), data);
    }

    /** Row by row, so that little of the file is held twice. */
    private void convert(
            TensorInfo tensor, ConvertedFormat format, long firstRow, MemorySegment data) {
        long rowBytes = tensor.rowBytes();
        FileBytes file = parts.fileOf(tensor);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment stored = arena.allocate(tensor.storedRowBytes());
            for (long at = 0; at < data.byteSize(); at += rowBytes) {
                long row = firstRow + at / rowBytes;
                file.read(tensor.offset() + row * stored.byteSize(), stored);
                format.convert(stored, data.asSlice(at, rowBytes));
            }
        }
    }

    /**
     * Throws {@link GgufException} if the size or the modification time of the file changed, or the
     * file was replaced, since {@link #open}. What was read can be a mixture then. This covers all
     * parts of a split model.
     */
    public void checkUnchanged() {
        parts.checkUnchanged();
    }

    @Override
    public void close() {
        parts.close();
    }
}

package tramontane.gguf;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import tramontane.tensor.Tensor;

/**
 * An open GGUF file. Its metadata may not be asked after {@link #close}.
 *
 * <pre>
 * "GGUF" | version u32 | tensor count u64 | key count u64
 * key string | value type u32 | value             once a key
 * name string | dims u32 | u64 a dim | type u32 | offset u64    once a tensor
 * padding to general.alignment
 * data: tensors at their offsets, each aligned
 * </pre>
 */
public final class GgufFile implements AutoCloseable {
    private final FileBytes file;
    private final Bytes header;
    private final GgufMetadata metadata;
    private final Map<String, TensorInfo> tensors;

    private GgufFile(FileBytes file, Bytes header, Header parsed) {
        this.file = file;
        this.header = header;
        this.metadata = parsed.metadata();
        this.tensors = parsed.tensors();
    }

    /** Opens the file, and reads and checks its whole header. */
    @SuppressWarnings("MustBeClosedChecker") // closed with the file that is returned
    public static GgufFile open(Path path) {
        FileBytes file = new FileBytes(path);
        Bytes header = new Bytes(file);
        try {
            Header parsed = Header.read(header);
            refuseSplit(path, parsed.metadata());
            return new GgufFile(file, header, parsed);
        } catch (RuntimeException | Error e) {
            header.close();
            file.close();
            throw e;
        }
    }

    private static void refuseSplit(Path path, GgufMetadata metadata) {
        OptionalInt parts = metadata.findInt("split.count");
        if (parts.isPresent() && parts.getAsInt() > 1) {
            throw new GgufException(
                    path.toString(),
                    "is one of "
                            + parts.getAsInt()
                            + " parts of a split model (split.count), only whole files can be"
                            + " loaded; merge the parts first, for example with llama.cpp's llama-gguf-split --merge");
        }
    }

    public GgufMetadata metadata() {
        return metadata;
    }

    /** All tensors, in the order of the file. */
    public Collection<TensorInfo> tensors() {
        return Collections.unmodifiableCollection(tensors.values());
    }

    public Optional<TensorInfo> tensor(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    public TensorInfo required(String name) {
        return tensor(name)
                .orElseThrow(() -> new GgufException("tensor " + name, "is missing from the file"));
    }

    /**
     * Reads {@code rows} rows of a tensor, from {@code firstRow} on, to the start of {@code into}.
     * Throws {@link GgufException} where the file ends too early by now. Threads may read at once.
     *
     * @return a tensor of these rows, which lies in {@code into}
     */
    public Tensor read(TensorInfo tensor, long firstRow, long rows, MemorySegment into) {
        Objects.checkFromIndexSize(firstRow, rows, tensor.rows());
        long rowBytes = tensor.rowBytes();
        MemorySegment data = into.asSlice(0, rows * rowBytes);
        file.read(tensor.offset() + firstRow * rowBytes, data);
        return new Tensor(tensor.name(), tensor.dtype(), rows, tensor.columns(), data);
    }

    /**
     * Throws {@link GgufException} if the file's size, its modification time or the file behind the
     * path changed since {@link #open}: what was read may then be a mixture.
     */
    public void checkUnchanged() {
        file.checkUnchanged();
    }

    @Override
    public void close() {
        header.close();
        file.close();
    }
}

package tramontane.gguf;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import tramontane.tensor.Tensor;

/**
 * An open GGUF file. Its tensors are slices of the mapping and may not be touched after {@link
 * #close}.
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
    private final Arena arena;
    private final GgufMetadata metadata;
    private final Map<String, Tensor> tensors;

    private GgufFile(Arena arena, GgufMetadata metadata, Map<String, Tensor> tensors) {
        this.arena = arena;
        this.metadata = metadata;
        this.tensors = tensors;
    }

    /** Maps the file and checks its whole header. */
    @SuppressWarnings("MustBeClosedChecker") // the arena lives as long as the file that is returned
    public static GgufFile open(Path path) {
        Arena arena = Arena.ofShared();
        try {
            Header header = Header.read(new Bytes(map(path, arena)));
            refuseSplit(path, header.metadata());
            return new GgufFile(arena, header.metadata(), header.tensors());
        } catch (GgufException e) {
            arena.close();
            throw e;
        }
    }

    private static MemorySegment map(Path path, Arena arena) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (IOException e) {
            throw new GgufException(path.toString(), "cannot be read (" + e + ")", e);
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
    public Collection<Tensor> tensors() {
        return Collections.unmodifiableCollection(tensors.values());
    }

    public Optional<Tensor> tensor(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    public Tensor required(String name) {
        return tensor(name)
                .orElseThrow(() -> new GgufException("tensor " + name, "is missing from the file"));
    }

    @Override
    public void close() {
        arena.close();
    }
}

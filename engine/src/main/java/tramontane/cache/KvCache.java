package tramontane.cache;

import java.lang.foreign.MemorySegment;
import tramontane.kernel.AttentionShape;

/**
 * The memory of keys and values. A block holds a tile of each layer.
 *
 * <pre>
 * block 0: layer 0: tile (all KV heads, 16 positions)   see Kernels.storeKeyValue
 *          layer 1: tile
 *          ...
 * block 1: ...
 * </pre>
 *
 * {@link #layer} returns a view in which a block has the same offset for every layer.
 */
public final class KvCache {
    private final MemorySegment memory;
    private final int layers;
    private final long tileBytes;

    /**
     * @param memory at least {@code blocks * blockBytes(layers, shape)} bytes, 64-byte aligned
     */
    public KvCache(MemorySegment memory, int layers, AttentionShape shape) {
        this.memory = memory;
        this.layers = layers;
        this.tileBytes = shape.tileBytes();
    }

    /** Bytes of one block of 16 tokens over all layers. */
    public static long blockBytes(int layers, AttentionShape shape) {
        return (long) layers * shape.tileBytes();
    }

    public long blockBytes() {
        return layers * tileBytes;
    }

    /** A view of the memory in which the tile of this layer lies at the block's offset. */
    public MemorySegment layer(int layer) {
        return memory.asSlice(layer * tileBytes);
    }
}

package tramontane.cache;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

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
    /** The smallest page that a system has. */
    private static final long PAGE_BYTES = 4096;

    private final MemorySegment memory;
    private final int layers;
    private final long tileBytes;

    /** Blocks whose pages the system has provided through {@link #provide}. */
    private int provided;

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

    /**
     * Writes zeros to the pages of one block, so that the system provides them now and not during a
     * step. On a virtual machine, that can take longer than computing the keys and values.
     *
     * @param from the first block that has never been used
     * @param end the block before which all shall be provided
     * @return whether there was such a block
     */
    public boolean provide(int from, int end) {
        int block = Math.max(from, provided);
        if (block >= end) {
            return false;
        }
        long start = block * blockBytes();
        for (long at = 0; at < blockBytes(); at += PAGE_BYTES) {
            memory.set(JAVA_BYTE, start + at, (byte) 0);
        }
        provided = block + 1;
        return true;
    }

    /** A view of the memory in which the tile of this layer lies at the block's offset. */
    public MemorySegment layer(int layer) {
        return memory.asSlice(layer * tileBytes);
    }
}

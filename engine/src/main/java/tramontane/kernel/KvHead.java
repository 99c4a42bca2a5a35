package tramontane.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The keys and values that attention reads: those of one KV head of one sequence in one layer.
 *
 * @param cache memory of the layer's tiles, as drawn at {@link Kernels#storeKeyValue}
 * @param tileOffsets byte offset in {@code cache} of the sequence's tile {@code t}, which holds
 *     positions {@code 16 t} to {@code 16 t + 15}
 * @param index the KV head, from 0
 */
public record KvHead(AttentionShape shape, MemorySegment cache, long[] tileOffsets, int index) {
    /** Byte offset in {@link #cache} of this head's part of a tile: 16 keys, then 16 values. */
    public long tileOffset(int tile) {
        return tileOffsets[tile] + (long) index * shape.headTileBytes();
    }

    /** Elements of a query row before the first query head that reads this KV head. */
    public int queryOffset() {
        return index * shape.groupSize() * shape.headSize();
    }
}

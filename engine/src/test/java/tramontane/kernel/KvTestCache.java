package tramontane.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;
import tramontane.kernel.scalar.ScalarKernels;

/**
 * A cache of random keys and values whose tiles are not in order, and the values that were stored.
 */
public final class KvTestCache {
    public final int positions;
    private final MemorySegment memory;
    private final long[] tileOffsets;
    private final float[] keys;
    private final float[] values;
    private final int width;
    private final int headSize;

    public KvTestCache(AttentionShape shape, int positions, long seed) {
        this.positions = positions;
        this.headSize = shape.headSize();
        this.width = shape.kvHeads() * headSize;
        int tiles = (positions + 15) / 16;
        this.tileOffsets = new long[tiles];
        for (int tile = 0; tile < tiles; tile++) {
            tileOffsets[tile] = 64 + (long) (tiles - 1 - tile) * (shape.tileBytes() + 64);
        }
        this.memory = Arena.ofAuto().allocate(64 + (long) tiles * (shape.tileBytes() + 64), 64);
        MemorySegment key = Matrices.random((long) positions * width, seed);
        MemorySegment value = Matrices.random((long) positions * width, seed + 1);
        this.keys = Matrices.floats(key);
        this.values = Matrices.floats(value);
        Kernels kernels = new ScalarKernels();
        for (int p = 0; p < positions; p++) {
            MemorySegment keyRow = key.asSlice(4L * p * width, 4L * width);
            MemorySegment valueRow = value.asSlice(4L * p * width, 4L * width);
            kernels.storeKeyValue(shape, keyRow, valueRow, tile(shape, p), p % 16);
        }
    }

    private MemorySegment tile(AttentionShape shape, int position) {
        return memory.asSlice(tileOffsets[position / 16], shape.tileBytes());
    }

    /** What attention for one KV head reads. */
    public KvHead head(AttentionShape shape, int index) {
        return new KvHead(shape, memory, tileOffsets, index);
    }

    public float key(int position, int kvHead, int i) {
        return half(keys[position * width + kvHead * headSize + i]);
    }

    public float value(int position, int kvHead, int i) {
        return half(values[position * width + kvHead * headSize + i]);
    }

    /** Overwrites positions with NaN, which reused memory may contain. */
    public void poison(AttentionShape shape, IntStream slots) {
        MemorySegment nan = Matrices.zeros(width);
        for (int i = 0; i < width; i++) {
            nan.setAtIndex(ValueLayout.JAVA_FLOAT, i, Float.NaN);
        }
        slots.forEach(
                p -> new ScalarKernels().storeKeyValue(shape, nan, nan, tile(shape, p), p % 16));
    }

    private static float half(float value) {
        return Float.float16ToFloat(Float.floatToFloat16(value));
    }
}

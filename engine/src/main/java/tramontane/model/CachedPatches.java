package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Fp32Rows;

/**
 * Attention of patches with keys and values in fp16, as text models have them. Used by encoders
 * whose weights are not bf16 numbers.
 */
final class CachedPatches implements MixedPatches {
    private final PatchEncoderConfig config;
    private final Compute compute;
    private final AttentionShape shape;
    private final MutualAttention attention;
    private final MemorySegment cache;
    private final long[] tileOffsets;

    /** Keys and values with widened heads; empty if the heads need no widening. */
    private final Fp32Rows wideKey;

    private final Fp32Rows wideValue;

    private int patches;

    CachedPatches(PatchEncoderConfig config, int chunk, Compute compute, SegmentAllocator memory) {
        this.config = config;
        this.compute = compute;
        shape = config.layers().attention();
        attention = new MutualAttention(shape, config.layers().headSize(), compute, memory);
        cache = memory.allocate(cacheBytes(config), 64);
        tileOffsets = new long[tiles(config.picture().maxPatches())];
        for (int tile = 0; tile < tileOffsets.length; tile++) {
            tileOffsets[tile] = (long) tile * shape.tileBytes();
        }
        int wideRows = config.layers().widened() ? chunk : 0;
        wideKey = wide(wideRows, memory);
        wideValue = wide(wideRows, memory);
    }

    /** Rows of zeros. */
    private Fp32Rows wide(int rows, SegmentAllocator memory) {
        int columns = config.layers().headsWidth();
        return new Fp32Rows(memory.allocate(4L * rows * columns, 64).fill((byte) 0), columns);
    }

    /** Bytes that an attention of this size allocates. */
    static long bufferBytes(PatchEncoderConfig config, int chunk, int threads) {
        return MutualAttention.bufferBytes(config.layers().attention(), threads)
                + cacheBytes(config)
                + (config.layers().widened() ? 8L * chunk * config.layers().headsWidth() : 0);
    }

    private static int tiles(int patches) {
        return Math.ceilDiv(patches, AttentionShape.TILE);
    }

    private static long cacheBytes(PatchEncoderConfig config) {
        return (long) tiles(config.picture().maxPatches())
                * config.layers().attention().tileBytes();
    }

    @Override
    public void start(int patches) {
        this.patches = patches;
    }

    @Override
    public void store(Fp32Rows key, Fp32Rows value, int chunk, int first, int end) {
        boolean widened = config.layers().widened();
        for (int row = first; row < end; row++) {
            MemorySegment k = key.slice(row, row + 1);
            MemorySegment v = value.slice(row, row + 1);
            int patch = chunk + row;
            compute.kernels.storeKeyValue(
                    shape,
                    widened ? widen(k, wideKey.slice(row, row + 1)) : k,
                    widened ? widen(v, wideValue.slice(row, row + 1)) : v,
                    cache.asSlice(tileOffsets[patch / AttentionShape.TILE], shape.tileBytes()),
                    patch % AttentionShape.TILE);
        }
    }

    /** Copies heads to where those of the shape begin. */
    private MemorySegment widen(MemorySegment row, MemorySegment wide) {
        long bytes = 4L * config.layers().headSize();
        for (int head = 0; head < shape.kvHeads(); head++) {
            MemorySegment.copy(row, head * bytes, wide, 4L * head * shape.headSize(), bytes);
        }
        return wide;
    }

    @Override
    public int taskRows() {
        return attention.taskRows();
    }

    @Override
    public void attend(MutualAttention.Piece piece, int worker) {
        attention.attend(new MutualAttention.Keys(cache, tileOffsets, patches - 1), piece, worker);
    }
}

package tramontane.cache;

import static tramontane.cache.BlockPool.BLOCK_TOKENS;

import java.util.Arrays;

/**
 * The blocks of one sequence in order: block {@code i} holds the keys and values of tokens {@code
 * 16 i} to {@code 16 i + 15}. A full block whose tokens are all computed is sealed: other sequences
 * find it in the {@link PrefixIndex} and share it. A shared block is never written again.
 *
 * <p>Engine thread only.
 */
public final class BlockTable {
    private final BlockPool pool;
    private final PrefixIndex index;
    private final long blockBytes;
    private final String namespace;

    private int[] blocks = new int[8];
    private long[] offsets = new long[8];
    private int count;

    /** The number of sealed blocks, which are the first ones. */
    private int sealed;

    /** The identity of the last sealed block. */
    private long sealedIdentity = PrefixIndex.ROOT;

    /**
     * @param blockBytes size of a block in the cache's memory
     * @param namespace sequences of different namespaces never share blocks
     */
    public BlockTable(BlockPool pool, PrefixIndex index, long blockBytes, String namespace) {
        this.pool = pool;
        this.index = index;
        this.blockBytes = blockBytes;
        this.namespace = namespace;
    }

    /** Tokens that the blocks can hold. */
    public int capacity() {
        return count * BLOCK_TOKENS;
    }

    /**
     * Byte offset of each block in the cache's memory; entries beyond the block count are
     * meaningless.
     */
    public long[] offsets() {
        return offsets;
    }

    /** Blocks that the table lacks to hold {@code tokens} tokens. */
    public int missing(int tokens) {
        return Math.max(0, Math.ceilDiv(tokens, BLOCK_TOKENS) - count);
    }

    /** Takes the missing blocks for {@code tokens} tokens from the pool, which must have them. */
    public void reserve(int tokens) {
        for (int missing = missing(tokens); missing > 0; missing--) {
            append(pool.take(index));
        }
    }

    /**
     * Fills an empty table with the sealed blocks that hold the beginning of {@code tokens}, and
     * returns how many tokens they hold. The last of the {@code length} tokens is never among them,
     * because a step must compute its logits.
     */
    public int matchPrefix(int[] tokens, int length) {
        assert count == 0 : "the table is not empty";
        for (int from = 0; from + BLOCK_TOKENS < length; from += BLOCK_TOKENS) {
            var entry = index.find(sealedIdentity, namespace, tokens, from);
            if (entry.isEmpty()) {
                break;
            }
            pool.retain(entry.get().block());
            append(entry.get().block());
            sealedIdentity = entry.get().identity();
            sealed++;
        }
        return capacity();
    }

    /** How many tokens {@link #matchPrefix} would return now. It takes no blocks. */
    public int knownPrefix(int[] tokens, int length) {
        long identity = PrefixIndex.ROOT;
        int from = 0;
        while (from + BLOCK_TOKENS < length) {
            var entry = index.find(identity, namespace, tokens, from);
            if (entry.isEmpty()) {
                break;
            }
            identity = entry.get().identity();
            from += BLOCK_TOKENS;
        }
        return from;
    }

    /** Seals the blocks that {@code computed} tokens fill. */
    public void seal(int[] tokens, int computed) {
        while ((sealed + 1) * BLOCK_TOKENS <= computed) {
            int from = sealed * BLOCK_TOKENS;
            sealedIdentity = index.add(sealedIdentity, namespace, tokens, from, blocks[sealed]);
            sealed++;
        }
    }

    /**
     * Releases all blocks, the last one first. So the last one is the first to be evicted, and the
     * beginning of the sequence is found for longer.
     */
    public void release() {
        while (count > 0) {
            pool.release(blocks[--count]);
        }
        sealed = 0;
        sealedIdentity = PrefixIndex.ROOT;
    }

    private void append(int block) {
        if (count == blocks.length) {
            blocks = Arrays.copyOf(blocks, 2 * count);
            offsets = Arrays.copyOf(offsets, 2 * count);
        }
        blocks[count] = block;
        offsets[count] = block * blockBytes;
        count++;
    }
}

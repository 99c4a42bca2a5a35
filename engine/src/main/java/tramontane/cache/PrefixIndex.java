package tramontane.cache;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Finds full blocks by content. The key of a block consists of the identity of its predecessor, its
 * own tokens and, for the first block of a sequence, the namespace. So two prompts share blocks
 * exactly as far as they are equal, and never across namespaces.
 *
 * <pre>
 * (ROOT, namespace, tokens 0..15)  → block 7, identity 1
 * (1, tokens 16..31)               → block 4, identity 2
 * (2, tokens 32..47)               → block 9, identity 3
 * </pre>
 *
 * <p>Keys are compared in full, never by their hashes alone. An identity is never used twice, so
 * successors of a forgotten block are not found any more. Engine thread only.
 */
public final class PrefixIndex {
    /** The identity that stands for the predecessor of a first block. */
    public static final long ROOT = 0;

    /**
     * An indexed block.
     *
     * @param identity to look up its successors
     */
    record Entry(int block, long identity) {}

    private record Key(long predecessor, String namespace, int[] tokens) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Key key
                    && predecessor == key.predecessor
                    && namespace.equals(key.namespace)
                    && Arrays.equals(tokens, key.tokens);
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(tokens)
                    + 7 * Long.hashCode(predecessor)
                    + namespace.hashCode();
        }
    }

    private final BlockPool pool;
    private final Map<Key, Entry> entries = new HashMap<>();
    private final Key[] keyOfBlock;
    private long lastIdentity = ROOT;

    public PrefixIndex(BlockPool pool) {
        this.pool = pool;
        keyOfBlock = new Key[pool.blocks()];
    }

    /**
     * Finds the block that holds tokens {@code from} to {@code from + 15} behind its predecessor.
     */
    Optional<Entry> find(long predecessor, String namespace, int[] tokens, int from) {
        return Optional.ofNullable(entries.get(key(predecessor, namespace, tokens, from)));
    }

    /**
     * Indexes a full block and returns its identity. If an equal block is indexed already, that one
     * stays, its identity is returned, and {@code block} remains private to its sequence.
     */
    long add(long predecessor, String namespace, int[] tokens, int from, int block) {
        Key key = key(predecessor, namespace, tokens, from);
        Entry existing = entries.get(key);
        if (existing != null) {
            return existing.identity;
        }
        long identity = ++lastIdentity;
        entries.put(key, new Entry(block, identity));
        keyOfBlock[block] = key;
        pool.markIndexed(block);
        return identity;
    }

    /** Removes an indexed block that is about to get other content. */
    void forget(int block) {
        entries.remove(keyOfBlock[block]);
        keyOfBlock[block] = null;
    }

    private static Key key(long predecessor, String namespace, int[] tokens, int from) {
        return new Key(
                predecessor,
                predecessor == ROOT ? namespace : "",
                Arrays.copyOfRange(tokens, from, from + BlockPool.BLOCK_TOKENS));
    }
}

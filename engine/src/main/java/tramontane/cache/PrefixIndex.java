package tramontane.cache;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Finds full blocks by content. A block's key is its predecessor's identity, its own tokens and, at
 * the start of a sequence, the namespace: so two prompts share blocks exactly as far as they are
 * equal, and never across namespaces.
 *
 * <p>Keys are compared in full, never by hash alone. Engine thread only.
 */
public final class PrefixIndex {
    /** The predecessor of a sequence's first block. */
    public static final long ROOT = 0;

    /** An indexed block: where it is, and its identity as a predecessor. */
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

    private final Map<Key, Entry> entries = new HashMap<>();
    private final Key[] keyOfBlock;
    private long lastIdentity = ROOT;

    public PrefixIndex(BlockPool pool) {
        keyOfBlock = new Key[pool.blocks()];
    }

    /**
     * The entry whose content is tokens {@code from} to {@code from + 16} after {@code
     * predecessor}, if known.
     */
    Optional<Entry> find(long predecessor, String namespace, int[] tokens, int from) {
        return Optional.ofNullable(entries.get(key(predecessor, namespace, tokens, from)));
    }

    /**
     * Makes a full block findable and returns its identity. Where an equal block is known already,
     * that one stays and its identity is returned; {@code block} then remains private to its
     * sequence.
     */
    long add(
            BlockPool pool, long predecessor, String namespace, int[] tokens, int from, int block) {
        Key key = key(predecessor, namespace, tokens, from);
        Entry known = entries.get(key);
        if (known != null) {
            return known.identity;
        }
        long identity = ++lastIdentity;
        entries.put(key, new Entry(block, identity));
        keyOfBlock[block] = key;
        pool.markIndexed(block);
        return identity;
    }

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

package tramontane.cache;

/**
 * Counts the references to each block of the KV cache. A block without references is free, or idle
 * if a {@link PrefixIndex} still finds its content. When no free block is left, the least recently
 * used idle block is taken and its content forgotten.
 *
 * <pre>
 *         take                  release, not indexed
 * free ─────────▶ referenced ─────────────────────────▶ free
 *                  ▲   │ ▲
 *           retain │   │ └──────────── take, when no block is free
 *                  │   ▼ release, indexed  │
 *                  idle (LRU list) ────────┘
 * </pre>
 *
 * <p>Engine thread only.
 */
public final class BlockPool {
    /** Tokens in a block: one attention tile. */
    public static final int BLOCK_TOKENS = 16;

    private static final int NONE = -1;

    private final int blocks;
    private final int[] references;
    private final boolean[] indexed;
    private final int[] free;
    private int freeCount;

    /** Blocks from this one on have never been taken. */
    private int neverTaken;

    // The idle blocks form a doubly linked list from least to most recently used.
    private final int[] older;
    private final int[] newer;
    private int oldest = NONE;
    private int newest = NONE;
    private int idleCount;

    public BlockPool(int blocks) {
        if (blocks < 1) {
            throw new IllegalArgumentException("a pool of " + blocks + " blocks");
        }
        this.blocks = blocks;
        references = new int[blocks];
        indexed = new boolean[blocks];
        free = new int[blocks];
        older = new int[blocks];
        newer = new int[blocks];
        for (int block = blocks - 1; block >= 0; block--) {
            free[freeCount++] = block;
        }
    }

    public int blocks() {
        return blocks;
    }

    /** Blocks that can be taken now: free ones and idle ones. */
    public int available() {
        return freeCount + idleCount;
    }

    /**
     * The first block that has never been taken; all after it have not been taken either, and are
     * taken in this order.
     */
    public int neverTaken() {
        return neverTaken;
    }

    /**
     * Takes a block and gives it one reference.
     *
     * @param index forgets the content of the block if it was idle
     * @throws IllegalStateException when no block is available
     */
    int take(PrefixIndex index) {
        int block;
        if (freeCount > 0) {
            block = free[--freeCount];
        } else if (idleCount > 0) {
            block = oldest;
            unlink(block);
            index.forget(block);
            indexed[block] = false;
        } else {
            throw new IllegalStateException("no block is available");
        }
        references[block] = 1;
        neverTaken = Math.max(neverTaken, block + 1);
        return block;
    }

    /** Adds a reference to a block that is referenced or idle. */
    void retain(int block) {
        if (references[block]++ == 0) {
            assert indexed[block] : "block " + block + " is free";
            unlink(block);
        }
    }

    /** Removes a reference. A block without references becomes idle if it is indexed, else free. */
    void release(int block) {
        if (references[block] <= 0) {
            throw new IllegalStateException("block " + block + " has no reference to release");
        }
        if (--references[block] == 0) {
            if (indexed[block]) {
                link(block);
            } else {
                free[freeCount++] = block;
            }
        }
    }

    /** Records that the index finds the block, so that it becomes idle instead of free. */
    void markIndexed(int block) {
        indexed[block] = true;
    }

    private void link(int block) {
        older[block] = newest;
        newer[block] = NONE;
        if (newest == NONE) {
            oldest = block;
        } else {
            newer[newest] = block;
        }
        newest = block;
        idleCount++;
    }

    private void unlink(int block) {
        if (older[block] == NONE) {
            oldest = newer[block];
        } else {
            newer[older[block]] = newer[block];
        }
        if (newer[block] == NONE) {
            newest = older[block];
        } else {
            older[newer[block]] = older[block];
        }
        idleCount--;
    }

    /**
     * Checks that every block is free, idle or referenced, and only one of them, and free if it was
     * never taken. It visits all blocks, so it is for tests.
     */
    public void checkIntegrity() {
        int referenced = 0;
        for (int block = 0; block < blocks; block++) {
            if (references[block] > 0) {
                referenced++;
            }
            if (block >= neverTaken && (references[block] > 0 || indexed[block])) {
                throw new IllegalStateException("block " + block + " counts as never taken");
            }
        }
        int idle = 0;
        for (int block = oldest; block != NONE; block = newer[block]) {
            if (references[block] != 0 || !indexed[block]) {
                throw new IllegalStateException(
                        "block " + block + " is idle but referenced or not indexed");
            }
            idle++;
        }
        if (idle != idleCount || referenced + idle + freeCount != blocks) {
            throw new IllegalStateException(
                    referenced
                            + " referenced + "
                            + idle
                            + " idle (counted "
                            + idleCount
                            + ") + "
                            + freeCount
                            + " free blocks are not "
                            + blocks);
        }
    }
}

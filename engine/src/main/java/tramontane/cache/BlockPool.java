package tramontane.cache;

/**
 * Counts who uses which block. A block nobody uses is free, or idle when a {@link PrefixIndex}
 * still knows its content; idle blocks are taken again, least recently used first, once no free one
 * is left.
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

    // Idle blocks form a list from least to most recently used, linked through these arrays.
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

    /** Takes a block with one reference; the caller has checked {@link #available()}. */
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
        return block;
    }

    /** One more user of a block that is referenced or idle. */
    void retain(int block) {
        if (references[block]++ == 0) {
            assert indexed[block] : "block " + block + " is free";
            unlink(block);
        }
    }

    /** One user less. */
    void release(int block) {
        if (references[block] <= 0) {
            throw new IllegalStateException("block " + block + " is released once too often");
        }
        if (--references[block] == 0) {
            if (indexed[block]) {
                link(block);
            } else {
                free[freeCount++] = block;
            }
        }
    }

    /** The block's content can be found again, so it goes idle instead of free. */
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

    /** Checks the invariant of the package; meant for idle moments and simulations. */
    public void checkIntegrity() {
        int referenced = 0;
        for (int count : references) {
            if (count > 0) {
                referenced++;
            }
        }
        int idle = 0;
        for (int block = oldest; block != NONE; block = newer[block]) {
            if (references[block] != 0 || !indexed[block]) {
                throw new IllegalStateException(
                        "block " + block + " is idle but referenced or unknown");
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

package tramontane.kernel;

/**
 * The constants of one attention layer.
 *
 * @param queryHeads heads of the query, a multiple of {@code kvHeads}; consecutive query heads
 *     share one KV head
 * @param headSize elements of a head, a multiple of 16
 * @param scale factor of every score
 * @param window positions that a query sees, its own included; 0 for all
 */
public record AttentionShape(int queryHeads, int kvHeads, int headSize, float scale, int window) {
    /** Positions in a KV tile: the lanes of a vector of scores. */
    public static final int TILE = 16;

    /**
     * Positions in a section. The attention over a section does not depend on other sections, so
     * threads can share a long context. At this size, joining the sections takes about 1 % of the
     * work.
     */
    public static final int SECTION = 32 * TILE;

    public AttentionShape {
        if (queryHeads % kvHeads != 0 || headSize % 16 != 0 || window < 0) {
            throw new IllegalArgumentException(
                    queryHeads
                            + " query heads, "
                            + kvHeads
                            + " KV heads of "
                            + headSize
                            + ", window "
                            + window);
        }
    }

    /** The first position a query at {@code position} sees. */
    public int firstVisible(int position) {
        return window == 0 ? 0 : Math.max(0, position - window + 1);
    }

    /** The first position of a section that a query at {@code position} sees. */
    public int firstVisible(int position, int section) {
        return Math.max(firstVisible(position), section * SECTION);
    }

    /** The last position of a section that a query at {@code position} sees. */
    public static int lastVisible(int position, int section) {
        return Math.min(position, (section + 1) * SECTION - 1);
    }

    /** The section of the first position a query at {@code position} sees. */
    public int firstSection(int position) {
        return section(firstVisible(position));
    }

    /** The section a position is in. */
    public static int section(int position) {
        return position / SECTION;
    }

    /** Query heads that read the same KV head. */
    public int groupSize() {
        return queryHeads / kvHeads;
    }

    /** Bytes of one KV head's tile: 16 keys, then 16 values, in fp16. */
    public int headTileBytes() {
        return TILE * headSize * 2 * 2;
    }

    /** Bytes of one tile of all KV heads. */
    public int tileBytes() {
        return kvHeads * headTileBytes();
    }
}

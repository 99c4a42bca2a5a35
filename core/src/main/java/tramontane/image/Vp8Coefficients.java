package tramontane.image;

/** Reads the coefficients of blocks (RFC 6386, sections 13 and 14). */
final class Vp8Coefficients {
    /** Kinds of blocks, in the order of the tables. */
    static final int LUMA_AFTER_Y2 = 0;

    static final int Y2 = 1;
    static final int CHROMA = 2;
    static final int LUMA = 3;

    private static final int SIZE = 16;
    private static final int[] BAND = {0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0};
    private static final int[] ZIGZAG = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};
    private static final int[][] LARGE = {
        {173, 148, 140},
        {176, 155, 140, 135},
        {180, 157, 141, 134, 130},
        {254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129}
    };

    private final int[] probabilities;

    Vp8Coefficients(int[] probabilities) {
        this.probabilities = probabilities;
    }

    private int node(int kind, int position, int context) {
        return ((kind * Vp8Tables.BANDS + BAND[position]) * Vp8Tables.CONTEXTS + context)
                * Vp8Tables.NODES;
    }

    /**
     * Reads one block.
     *
     * @param first position of the first coefficient
     * @param to where the block begins in {@code out}
     * @return the position behind the last coefficient; 0 or {@code first} if there is none
     */
    int read(Vp8Bits bits, int kind, int context, int first, Block out) {
        int[] p = probabilities;
        int position = first;
        int node = node(kind, position, context);
        while (position < SIZE) {
            if (bits.bit(p[node]) == 0) {
                return position;
            }
            while (bits.bit(p[node + 1]) == 0) {
                position++;
                if (position == SIZE) {
                    return SIZE;
                }
                node = node(kind, position, 0);
            }
            int value = 1;
            int next = 1;
            if (bits.bit(p[node + 2]) == 1) {
                value = large(bits, node);
                next = 2;
            }
            int step = position > 0 ? out.ac : out.dc;
            out.values[out.at + ZIGZAG[position]] = (bits.flag() ? -value : value) * step;
            position++;
            node = node(kind, position, next);
        }
        return SIZE;
    }

    /** Where coefficients go, and by what they are multiplied. */
    static final class Block {
        final int[] values;
        int at;
        int dc;
        int ac;

        Block(int[] values) {
            this.values = values;
        }

        Block of(int position, int first, int others) {
            at = position;
            dc = first;
            ac = others;
            return this;
        }
    }

    private int large(Vp8Bits bits, int node) {
        int[] p = probabilities;
        if (bits.bit(p[node + 3]) == 0) {
            return bits.bit(p[node + 4]) == 0 ? 2 : 3 + bits.bit(p[node + 5]);
        }
        if (bits.bit(p[node + 6]) == 0) {
            if (bits.bit(p[node + 7]) == 0) {
                return 5 + bits.bit(159);
            }
            int high = 2 * bits.bit(165);
            return 7 + high + bits.bit(145);
        }
        int high = bits.bit(p[node + 8]);
        int category = 2 * high + bits.bit(p[node + 9 + high]);
        int extra = 0;
        for (int probability : LARGE[category]) {
            extra = 2 * extra + bits.bit(probability);
        }
        return 3 + (8 << category) + extra;
    }
}

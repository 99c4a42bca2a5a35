package tramontane.kernel.x86;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import tramontane.kernel.Lanes;

/**
 * The state of emitted attention between tiles. Each row of queries has a block of memory:
 *
 * <pre>
 * fp32[14]        constants: scale, -infinity, then those of {@link ExponentialCode}
 * uint8[8]        byte i has only bit i
 * fp32[16]        running maxima, one lane per query head
 * fp32[16]        factors by which the last tile multiplied the earlier sums
 * fp32[g][16]     sums, one lane per position of a tile
 * fp32[g][16]     probabilities of the last tile
 * fp32[g][size]   queries
 * fp32[g][size]   outputs
 * then for each tile but the first that {@link SeveralTilesAttention} computes together
 *   fp32[16]      factors
 *   fp32[g][16]   probabilities
 * </pre>
 *
 * for the {@code g} query heads that share a KV head.
 */
record AttentionState(int heads, int size) {
    static final int SCALE = 0;
    static final int NEGATIVE_INFINITY = 4;
    static final int EXP = 8;
    static final int LANE_BITS = 56;
    static final int MAXIMA = 64;
    static final int FACTORS = 128;
    private static final int SUMS = 192;
    private static final long EIGHT_LANE_BITS = 0x8040201008040201L;
    private static final float[] EXP_CONSTANTS = ExponentialCode.constants();

    int sums(int head) {
        return SUMS + 64 * head;
    }

    int probabilities(int head) {
        return sums(heads + head);
    }

    /** The tiles that are computed together for one row of queries; 1 if that does not pay. */
    int tilesTogether() {
        return heads <= 3 ? 4 : heads <= 8 ? 2 : 1;
    }

    /** The factors of one of the tiles that are computed together. */
    int factors(int tile) {
        return tile == 0 ? FACTORS : queries(2 * heads) + (tile - 1) * tileBytes();
    }

    /** The probabilities of one of the tiles that are computed together. */
    int probabilities(int tile, int head) {
        return tile == 0 ? probabilities(head) : factors(tile) + 64 + 64 * head;
    }

    private int tileBytes() {
        return 64 + 64 * heads;
    }

    int queries(int head) {
        return sums(2 * heads) + 4 * size * head;
    }

    int outputs(int head) {
        return queries(heads + head);
    }

    int rowBytes() {
        return Math.ceilDiv(factors(tilesTogether()), 64) * 64;
    }

    /**
     * Initializes a row. The maxima are -infinity and the sums 0, so the first tile needs no
     * special case.
     */
    void start(MemorySegment states, int row, float scale, MemorySegment query, long queryOffset) {
        long at = (long) row * rowBytes();
        states.asSlice(at, rowBytes()).fill((byte) 0);
        states.set(JAVA_FLOAT, at + SCALE, scale);
        states.set(JAVA_FLOAT, at + NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY);
        float[] constants = EXP_CONSTANTS;
        MemorySegment.copy(constants, 0, states, JAVA_FLOAT, at + EXP, constants.length);
        states.set(JAVA_LONG, at + LANE_BITS, EIGHT_LANE_BITS);
        for (int lane = 0; lane < Lanes.COUNT; lane++) {
            states.set(JAVA_FLOAT, at + MAXIMA + 4 * lane, Float.NEGATIVE_INFINITY);
        }
        MemorySegment.copy(query, queryOffset, states, at + queries(0), 4L * heads * size);
    }
}

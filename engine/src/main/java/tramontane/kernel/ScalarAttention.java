package tramontane.kernel;

import static tramontane.kernel.ScalarKernels.get;
import static tramontane.kernel.ScalarKernels.getHalf;
import static tramontane.kernel.ScalarKernels.set;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Attention of one query head at one position, tile after tile with a running maximum. */
final class ScalarAttention {
    private static final int TILE = AttentionShape.TILE;

    private ScalarAttention() {}

    /** The first position a query at {@code position} sees. */
    static int firstVisible(AttentionShape shape, int position) {
        return shape.window() == 0 ? 0 : Math.max(0, position - shape.window() + 1);
    }

    static void attend(
            AttentionShape shape,
            MemorySegment query,
            int position,
            MemorySegment cache,
            long[] tileOffsets,
            int kvHead,
            MemorySegment out) {
        Scratch scratch = Scratch.ofThread();
        float[] sum = scratch.lanes;
        float[] scores = scratch.scores;
        Arrays.fill(sum, 0f);
        out.fill((byte) 0);
        float maximum = Float.NEGATIVE_INFINITY;
        int first = firstVisible(shape, position);
        for (int tile = first / TILE; tile <= position / TILE; tile++) {
            int from = Math.max(first - tile * TILE, 0);
            int to = Math.min(position + 1 - tile * TILE, TILE);
            long keys = tileOffsets[tile] + (long) kvHead * shape.headTileBytes();
            float raised = maximum;
            for (int j = from; j < to; j++) {
                scores[j] = score(query, cache, keys + 2L * j, shape);
                raised = Math.max(raised, scores[j]);
            }
            shrink(Exponential.exp(maximum - raised), sum, out, shape.headSize());
            maximum = raised;
            for (int j = from; j < to; j++) {
                float probability = Exponential.exp(scores[j] - maximum);
                sum[j] += probability;
                long value = keys + 2L * (TILE + j) * shape.headSize();
                addValue(probability, cache, value, out, shape.headSize());
            }
        }
        divide(out, Lanes.sum(sum), shape.headSize());
    }

    private static float score(
            MemorySegment query, MemorySegment cache, long key, AttentionShape shape) {
        float score = 0f;
        for (int i = 0; i < shape.headSize(); i++) {
            score = Math.fma(get(query, i), getHalf(cache, key + 2L * TILE * i), score);
        }
        return score * shape.scale();
    }

    /** Brings what was summed under the old maximum to the new one. */
    private static void shrink(float factor, float[] sum, MemorySegment out, int size) {
        for (int j = 0; j < TILE; j++) {
            sum[j] *= factor;
        }
        for (int i = 0; i < size; i++) {
            set(out, i, get(out, i) * factor);
        }
    }

    private static void addValue(
            float probability, MemorySegment cache, long value, MemorySegment out, int size) {
        for (int i = 0; i < size; i++) {
            set(out, i, Math.fma(probability, getHalf(cache, value + 2L * i), get(out, i)));
        }
    }

    private static void divide(MemorySegment out, float sum, int size) {
        for (int i = 0; i < size; i++) {
            set(out, i, get(out, i) / sum);
        }
    }
}

package tramontane.kernel.scalar;

import static tramontane.kernel.scalar.ScalarKernels.get;
import static tramontane.kernel.scalar.ScalarKernels.getHalf;

import java.lang.foreign.MemorySegment;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Exponential;
import tramontane.kernel.KvHead;

/**
 * Attention of one query head at one position: one section after the other, and in each section one
 * tile after the other with a running maximum. An instance has the buffers of one thread for one
 * head size.
 */
final class ScalarAttention {
    private static final int TILE = AttentionShape.TILE;

    final int size;
    private final AttentionSum whole;
    private final AttentionSum section;
    private final float[] scores = new float[TILE];

    ScalarAttention(int size) {
        this.size = size;
        whole = new AttentionSum(size);
        section = new AttentionSum(size);
    }

    /** One query head of one row. */
    record Query(KvHead head, MemorySegment values, int position) {
        AttentionShape shape() {
            return head.shape();
        }
    }

    void attend(Query query, MemorySegment out) {
        int first = query.shape().firstSection(query.position);
        attendSection(query, first, whole);
        for (int each = first + 1; each <= AttentionShape.section(query.position); each++) {
            attendSection(query, each, section);
            whole.join(section);
        }
        whole.divide(out);
    }

    /** Writes the partial result of one section in the form that {@link #join} reads. */
    void attendSection(Query query, int each, MemorySegment partial) {
        attendSection(query, each, section);
        section.store(partial);
    }

    /**
     * @param partials of the {@code count} sections in ascending order, {@code stride} bytes apart
     */
    void join(MemorySegment partials, long stride, int count, MemorySegment out) {
        whole.load(partials);
        for (int each = 1; each < count; each++) {
            section.load(partials.asSlice(each * stride));
            whole.join(section);
        }
        whole.divide(out);
    }

    private void attendSection(Query query, int each, AttentionSum sum) {
        AttentionShape shape = query.shape();
        sum.clear();
        int first = shape.firstVisible(query.position, each);
        int last = AttentionShape.lastVisible(query.position, each);
        for (int tile = first / TILE; tile <= last / TILE; tile++) {
            int from = Math.max(first - tile * TILE, 0);
            int to = Math.min(last + 1 - tile * TILE, TILE);
            long keys = query.head.tileOffset(tile);
            float raised = sum.maximum;
            for (int j = from; j < to; j++) {
                scores[j] = score(query, keys + 2L * j);
                raised = Math.max(raised, scores[j]);
            }
            sum.raise(raised);
            for (int j = from; j < to; j++) {
                float probability = Exponential.exp(scores[j] - raised);
                sum.sums[j] += probability;
                addValue(
                        probability,
                        query.head.cache(),
                        keys + 2L * (TILE + j) * size,
                        sum.outputs);
            }
        }
    }

    private float score(Query query, long key) {
        float score = 0f;
        for (int i = 0; i < size; i++) {
            score =
                    Math.fma(
                            get(query.values, i),
                            getHalf(query.head.cache(), key + 2L * TILE * i),
                            score);
        }
        return score * query.shape().scale();
    }

    private static void addValue(
            float probability, MemorySegment cache, long value, float[] outputs) {
        for (int i = 0; i < outputs.length; i++) {
            outputs[i] = Math.fma(probability, getHalf(cache, value + 2L * i), outputs[i]);
        }
    }
}

package tramontane.kernel.vector;

import static tramontane.kernel.vector.VectorWidth.FLOATS;
import static tramontane.kernel.vector.VectorWidth.LANES;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Exponential;
import tramontane.kernel.Kernels;
import tramontane.kernel.KvHead;
import tramontane.kernel.Lanes;
import tramontane.kernel.QueryRows;
import tramontane.kernel.scalar.AttentionSum;

/**
 * Attention of up to {@link #QUERIES} queries at a time, tile by tile, so that a tile is converted
 * to fp32 once for all of them. A query is one head of one row; queries are ordered by row, then by
 * head.
 *
 * <p>An instance has the buffers of one thread. They are arrays because the JIT compiler removes
 * bounds checks on arrays that it keeps on memory segments.
 *
 * <pre>
 * queries  [QUERIES][size]   keys    [size][16 positions]   scores  [QUERIES][16], later the probabilities
 * sums     [QUERIES][16]     values  [16 positions][size]   outputs [QUERIES][size]
 * pastSums, pastOutputs, pastMaxima: the joined results of all earlier sections
 * </pre>
 */
final class VectorAttention {
    private static final int TILE = AttentionShape.TILE;
    private static final int QUERIES = 32;

    /**
     * Queries whose sums are in registers at the same time. With eight, no fma waits for the
     * previous one.
     */
    private static final int QUERIES_PER_PASS = 8;

    final int size;
    private final float[] queries;
    private final float[] outputs;
    private final float[] scores = new float[QUERIES * TILE];
    private final float[] sums = new float[QUERIES * TILE];
    private final float[] maxima = new float[QUERIES];
    private final float[] pastOutputs;
    private final float[] pastSums = new float[QUERIES * TILE];
    private final float[] pastMaxima = new float[QUERIES];
    private final int[] positions = new int[QUERIES];
    private final int[] from = new int[QUERIES];
    private final int[] to = new int[QUERIES];
    private final float[] keys;
    private final float[] values;
    private final short[] halves;
    private final AttentionSum sum;

    VectorAttention(int size) {
        this.size = size;
        queries = new float[QUERIES * size];
        outputs = new float[QUERIES * size];
        pastOutputs = new float[QUERIES * size];
        keys = new float[TILE * size];
        values = new float[TILE * size];
        halves = new short[2 * TILE * size];
        sum = new AttentionSum(size);
    }

    void attend(KvHead head, QueryRows rows, MemorySegment out) {
        AttentionShape shape = head.shape();
        int group = shape.groupSize();
        int outStride = shape.queryHeads() * size;
        for (int start = 0; start < rows.count() * group; start += QUERIES) {
            int count = Math.min(QUERIES, rows.count() * group - start);
            for (int q = 0; q < count; q++) {
                int row = (start + q) / group;
                positions[q] = rows.position() + row;
                long at = (long) row * rows.stride() + offset(head, start + q);
                MemorySegment.copy(
                        rows.values(), ValueLayout.JAVA_FLOAT, 4 * at, queries, q * size, size);
            }
            int last = AttentionShape.section(positions[count - 1]);
            for (int section = shape.firstSection(positions[0]); section <= last; section++) {
                clear(count);
                addSection(head, count, section);
                for (int q = 0; q < count; q++) {
                    keep(shape, q, section);
                }
            }
            for (int q = 0; q < count; q++) {
                divide(q);
                long at = (long) (start + q) / group * outStride + offset(head, start + q);
                MemorySegment.copy(
                        pastOutputs, q * size, out, ValueLayout.JAVA_FLOAT, 4 * at, size);
            }
        }
    }

    /**
     * {@link Kernels#attentionSection}; the partial result is an {@link AttentionSum} for each
     * query head.
     */
    void attendSection(KvHead head, QueryRows row, int section, MemorySegment partial) {
        int group = head.shape().groupSize();
        for (int start = 0; start < group; start += QUERIES) {
            int count = Math.min(QUERIES, group - start);
            long at = 4L * offset(head, start);
            MemorySegment.copy(row.values(), ValueLayout.JAVA_FLOAT, at, queries, 0, count * size);
            Arrays.fill(positions, 0, count, row.position());
            clear(count);
            addSection(head, count, section);
            for (int q = 0; q < count; q++) {
                System.arraycopy(sums, q * TILE, sum.sums, 0, TILE);
                System.arraycopy(outputs, q * size, sum.outputs, 0, size);
                sum.maximum = maxima[q];
                sum.store(partial.asSlice((start + q) * AttentionSum.bytes(size)));
            }
        }
    }

    /** Adds the visible positions of a section, tile by tile. */
    private void addSection(KvHead head, int count, int section) {
        AttentionShape shape = head.shape();
        int first = shape.firstVisible(positions[0], section);
        int last = AttentionShape.lastVisible(positions[count - 1], section);
        for (int tile = first / TILE; tile <= last / TILE; tile++) {
            loadTile(head.cache(), head.tileOffset(tile));
            for (int q = 0; q < count; q++) {
                from[q] = Math.max(shape.firstVisible(positions[q]) - tile * TILE, 0);
                to[q] = Math.min(positions[q] + 1 - tile * TILE, TILE);
            }
            addTile(count, shape.scale());
        }
    }

    /**
     * Joins a query's result for a section with the earlier ones, if the query sees the section.
     */
    private void keep(AttentionShape shape, int query, int section) {
        int first = shape.firstSection(positions[query]);
        if (section < first || section > AttentionShape.section(positions[query])) {
            return;
        }
        if (section == first) {
            System.arraycopy(sums, query * TILE, pastSums, query * TILE, TILE);
            System.arraycopy(outputs, query * size, pastOutputs, query * size, size);
            pastMaxima[query] = maxima[query];
            return;
        }
        float raised = Math.max(pastMaxima[query], maxima[query]);
        float past = Exponential.exp(pastMaxima[query] - raised);
        float factor = Exponential.exp(maxima[query] - raised);
        shrink(pastSums, query * TILE, TILE, past);
        addScaled(sums, factor, pastSums, query * TILE, TILE);
        shrink(pastOutputs, query * size, size, past);
        addScaled(outputs, factor, pastOutputs, query * size, size);
        pastMaxima[query] = raised;
    }

    private static void addScaled(float[] x, float factor, float[] sums, int start, int count) {
        for (int i = start; i < start + count; i += LANES) {
            FloatVector.fromArray(FLOATS, x, i)
                    .fma(
                            FloatVector.broadcast(FLOATS, factor),
                            FloatVector.fromArray(FLOATS, sums, i))
                    .intoArray(sums, i);
        }
    }

    /** Offset of a query's head in its row, in elements. */
    private static int offset(KvHead head, int query) {
        AttentionShape shape = head.shape();
        return head.queryOffset() + query % shape.groupSize() * shape.headSize();
    }

    private void clear(int count) {
        Arrays.fill(outputs, 0, count * size, 0f);
        Arrays.fill(sums, 0, count * TILE, 0f);
        Arrays.fill(maxima, 0, count, Float.NEGATIVE_INFINITY);
    }

    private void loadTile(MemorySegment cache, long offset) {
        MemorySegment.copy(cache, ValueLayout.JAVA_SHORT, offset, halves, 0, halves.length);
        widen(halves, 0, keys);
        widen(halves, keys.length, values);
    }

    // The JIT compiler vectorizes a loop of this form. The Vector API has no fp16 type yet.
    private static void widen(short[] halves, int start, float[] floats) {
        for (int i = 0; i < floats.length; i++) {
            floats[i] = Float.float16ToFloat(halves[start + i]);
        }
    }

    private void addTile(int count, float scale) {
        for (int q = 0; q < count; q += QUERIES_PER_PASS) {
            score(q, scale);
            int last = Math.min(q + QUERIES_PER_PASS, count);
            boolean same = true;
            for (int i = q; i < last; i++) {
                same &= from[i] == from[q] && to[i] == to[q];
                if (from[i] < to[i]) {
                    weigh(i);
                }
            }
            if (same) {
                addValues(q);
            } else {
                for (int i = q; i < last; i++) {
                    addValue(i);
                }
            }
        }
    }

    /** Computes the scores of eight queries for the 16 keys of a tile. A lane is a key. */
    private void score(int query, float scale) {
        float[] queries = this.queries;
        float[] keys = this.keys;
        float[] scores = this.scores;
        int size = this.size;
        int first = query * size;
        int out = query * TILE;
        for (int lane = 0; lane < TILE; lane += LANES) {
            FloatVector s0 = FloatVector.zero(FLOATS);
            FloatVector s1 = s0;
            FloatVector s2 = s0;
            FloatVector s3 = s0;
            FloatVector s4 = s0;
            FloatVector s5 = s0;
            FloatVector s6 = s0;
            FloatVector s7 = s0;
            for (int i = 0; i < size; i++) {
                FloatVector key = FloatVector.fromArray(FLOATS, keys, i * TILE + lane);
                int q = first + i;
                s0 = FloatVector.broadcast(FLOATS, queries[q]).fma(key, s0);
                s1 = FloatVector.broadcast(FLOATS, queries[q + size]).fma(key, s1);
                s2 = FloatVector.broadcast(FLOATS, queries[q + 2 * size]).fma(key, s2);
                s3 = FloatVector.broadcast(FLOATS, queries[q + 3 * size]).fma(key, s3);
                s4 = FloatVector.broadcast(FLOATS, queries[q + 4 * size]).fma(key, s4);
                s5 = FloatVector.broadcast(FLOATS, queries[q + 5 * size]).fma(key, s5);
                s6 = FloatVector.broadcast(FLOATS, queries[q + 6 * size]).fma(key, s6);
                s7 = FloatVector.broadcast(FLOATS, queries[q + 7 * size]).fma(key, s7);
            }
            int at = out + lane;
            s0.mul(scale).intoArray(scores, at);
            s1.mul(scale).intoArray(scores, at + TILE);
            s2.mul(scale).intoArray(scores, at + 2 * TILE);
            s3.mul(scale).intoArray(scores, at + 3 * TILE);
            s4.mul(scale).intoArray(scores, at + 4 * TILE);
            s5.mul(scale).intoArray(scores, at + 5 * TILE);
            s6.mul(scale).intoArray(scores, at + 6 * TILE);
            s7.mul(scale).intoArray(scores, at + 7 * TILE);
        }
    }

    /**
     * Converts a query's scores to probabilities under the new maximum, and adds them to its sum.
     */
    private void weigh(int query) {
        int at = query * TILE;
        // Invisible positions get probability 0, which does not change a lane's sum.
        Arrays.fill(scores, at, at + from[query], Float.NEGATIVE_INFINITY);
        Arrays.fill(scores, at + to[query], at + TILE, Float.NEGATIVE_INFINITY);
        float maximum = maxima[query];
        float raised = raise(scores, at, maximum);
        float factor = Exponential.exp(maximum - raised);
        maxima[query] = raised;
        VectorGates.exp(scores, at, at + TILE);
        addProbabilities(scores, sums, at, factor);
        if (factor != 1f) {
            shrink(outputs, query * size, size, factor);
        }
    }

    /**
     * Computes the maximum of {@code maximum} and the scores, subtracts it from the scores, and
     * returns it.
     */
    private static float raise(float[] scores, int at, float maximum) {
        float raised = maximum;
        for (int lane = at; lane < at + TILE; lane += LANES) {
            float highest =
                    FloatVector.fromArray(FLOATS, scores, lane).reduceLanes(VectorOperators.MAX);
            raised = Math.max(raised, highest);
        }
        for (int lane = at; lane < at + TILE; lane += LANES) {
            FloatVector.fromArray(FLOATS, scores, lane).sub(raised).intoArray(scores, lane);
        }
        return raised;
    }

    private static void addProbabilities(
            float[] probabilities, float[] sums, int at, float factor) {
        for (int lane = at; lane < at + TILE; lane += LANES) {
            FloatVector.fromArray(FLOATS, sums, lane)
                    .mul(factor)
                    .add(FloatVector.fromArray(FLOATS, probabilities, lane))
                    .intoArray(sums, lane);
        }
    }

    private static void shrink(float[] outputs, int start, int size, float factor) {
        for (int i = start; i < start + size; i += LANES) {
            FloatVector.fromArray(FLOATS, outputs, i).mul(factor).intoArray(outputs, i);
        }
    }

    /**
     * Adds the tile's values to the outputs of eight queries that see the same positions. A lane is
     * a dimension.
     */
    private void addValues(int query) {
        float[] weights = scores;
        float[] values = this.values;
        float[] outputs = this.outputs;
        int size = this.size;
        int first = query * TILE;
        int out = query * size;
        int from = this.from[query];
        int to = this.to[query];
        for (int lane = 0; lane < size; lane += LANES) {
            int o = out + lane;
            FloatVector o0 = FloatVector.fromArray(FLOATS, outputs, o);
            FloatVector o1 = FloatVector.fromArray(FLOATS, outputs, o + size);
            FloatVector o2 = FloatVector.fromArray(FLOATS, outputs, o + 2 * size);
            FloatVector o3 = FloatVector.fromArray(FLOATS, outputs, o + 3 * size);
            FloatVector o4 = FloatVector.fromArray(FLOATS, outputs, o + 4 * size);
            FloatVector o5 = FloatVector.fromArray(FLOATS, outputs, o + 5 * size);
            FloatVector o6 = FloatVector.fromArray(FLOATS, outputs, o + 6 * size);
            FloatVector o7 = FloatVector.fromArray(FLOATS, outputs, o + 7 * size);
            for (int j = from; j < to; j++) {
                FloatVector value = FloatVector.fromArray(FLOATS, values, j * size + lane);
                int w = first + j;
                o0 = FloatVector.broadcast(FLOATS, weights[w]).fma(value, o0);
                o1 = FloatVector.broadcast(FLOATS, weights[w + TILE]).fma(value, o1);
                o2 = FloatVector.broadcast(FLOATS, weights[w + 2 * TILE]).fma(value, o2);
                o3 = FloatVector.broadcast(FLOATS, weights[w + 3 * TILE]).fma(value, o3);
                o4 = FloatVector.broadcast(FLOATS, weights[w + 4 * TILE]).fma(value, o4);
                o5 = FloatVector.broadcast(FLOATS, weights[w + 5 * TILE]).fma(value, o5);
                o6 = FloatVector.broadcast(FLOATS, weights[w + 6 * TILE]).fma(value, o6);
                o7 = FloatVector.broadcast(FLOATS, weights[w + 7 * TILE]).fma(value, o7);
            }
            o0.intoArray(outputs, o);
            o1.intoArray(outputs, o + size);
            o2.intoArray(outputs, o + 2 * size);
            o3.intoArray(outputs, o + 3 * size);
            o4.intoArray(outputs, o + 4 * size);
            o5.intoArray(outputs, o + 5 * size);
            o6.intoArray(outputs, o + 6 * size);
            o7.intoArray(outputs, o + 7 * size);
        }
    }

    /** The same for one query. */
    private void addValue(int query) {
        float[] weights = scores;
        float[] values = this.values;
        float[] outputs = this.outputs;
        int size = this.size;
        int first = query * TILE;
        int out = query * size;
        int from = this.from[query];
        int to = this.to[query];
        for (int lane = 0; lane < size; lane += LANES) {
            FloatVector sum = FloatVector.fromArray(FLOATS, outputs, out + lane);
            for (int j = from; j < to; j++) {
                FloatVector value = FloatVector.fromArray(FLOATS, values, j * size + lane);
                sum = FloatVector.broadcast(FLOATS, weights[first + j]).fma(value, sum);
            }
            sum.intoArray(outputs, out + lane);
        }
    }

    private void divide(int query) {
        System.arraycopy(pastSums, query * TILE, scores, 0, TILE);
        float sum = Lanes.sum(scores);
        for (int i = query * size; i < (query + 1) * size; i += LANES) {
            FloatVector.fromArray(FLOATS, pastOutputs, i).div(sum).intoArray(pastOutputs, i);
        }
    }
}

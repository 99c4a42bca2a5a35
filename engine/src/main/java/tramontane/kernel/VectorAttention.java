package tramontane.kernel;

import static tramontane.kernel.VectorWidth.FLOATS;
import static tramontane.kernel.VectorWidth.LANES;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Attention over a tile of keys and values at a time, for up to {@link #QUERIES} queries at once,
 * so that a tile is turned to fp32 once for all of them. A query here is one head of one row; row
 * after row, heads within.
 *
 * <p>Holds the buffers of one thread. They are arrays because the compiler drops bounds checks
 * there that it keeps for memory segments.
 *
 * <pre>
 * queries  [QUERIES][size]   keys    [size][16 positions]   scores  [QUERIES][16]  then probabilities
 * sums     [QUERIES][16]     values  [16 positions][size]   outputs [QUERIES][size]
 * past sums, outputs, maxima: those of all sections before this one
 * </pre>
 */
final class VectorAttention {
    private static final int TILE = AttentionShape.TILE;
    private static final int QUERIES = 32;

    /**
     * Queries whose sums are kept in registers together: enough that no fma waits for the one
     * before.
     */
    private static final int TOGETHER = 8;

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

    void attend(
            AttentionShape shape,
            MemorySegment query,
            int queryStride,
            int rows,
            int position,
            MemorySegment cache,
            long[] tileOffsets,
            int kvHead,
            MemorySegment out) {
        int group = shape.groupSize();
        int outStride = shape.queryHeads() * size;
        for (int start = 0; start < rows * group; start += QUERIES) {
            int count = Math.min(QUERIES, rows * group - start);
            for (int q = 0; q < count; q++) {
                positions[q] = position + (start + q) / group;
                long at =
                        (long) (start + q) / group * queryStride
                                + headStart(start + q, group, kvHead);
                MemorySegment.copy(query, ValueLayout.JAVA_FLOAT, 4 * at, queries, q * size, size);
            }
            int last = AttentionShape.section(positions[count - 1]);
            for (int section = shape.firstSection(positions[0]); section <= last; section++) {
                clear(count);
                addSection(shape, count, cache, tileOffsets, kvHead, section);
                for (int q = 0; q < count; q++) {
                    keep(shape, q, section);
                }
            }
            for (int q = 0; q < count; q++) {
                divide(q);
                long at =
                        (long) (start + q) / group * outStride
                                + headStart(start + q, group, kvHead);
                MemorySegment.copy(
                        pastOutputs, q * size, out, ValueLayout.JAVA_FLOAT, 4 * at, size);
            }
        }
    }

    /** {@link Kernels#attentionSection}; leaves an {@link AttentionSum} of each query head. */
    void attendSection(
            AttentionShape shape,
            MemorySegment query,
            int position,
            MemorySegment cache,
            long[] tileOffsets,
            int kvHead,
            int section,
            MemorySegment partial) {
        int group = shape.groupSize();
        for (int start = 0; start < group; start += QUERIES) {
            int count = Math.min(QUERIES, group - start);
            long at = 4L * headStart(start, group, kvHead);
            MemorySegment.copy(query, ValueLayout.JAVA_FLOAT, at, queries, 0, count * size);
            Arrays.fill(positions, 0, count, position);
            clear(count);
            addSection(shape, count, cache, tileOffsets, kvHead, section);
            for (int q = 0; q < count; q++) {
                System.arraycopy(sums, q * TILE, sum.sums, 0, TILE);
                System.arraycopy(outputs, q * size, sum.outputs, 0, size);
                sum.maximum = maxima[q];
                sum.store(partial.asSlice((start + q) * AttentionSum.bytes(size)));
            }
        }
    }

    /** Adds what the queries see of a section, tile after tile. */
    private void addSection(
            AttentionShape shape,
            int count,
            MemorySegment cache,
            long[] tileOffsets,
            int kvHead,
            int section) {
        int first = shape.firstVisible(positions[0], section);
        int last = AttentionShape.lastVisible(positions[count - 1], section);
        for (int tile = first / TILE; tile <= last / TILE; tile++) {
            loadTile(cache, tileOffsets[tile] + (long) kvHead * shape.headTileBytes());
            for (int q = 0; q < count; q++) {
                from[q] = Math.max(shape.firstVisible(positions[q]) - tile * TILE, 0);
                to[q] = Math.min(positions[q] + 1 - tile * TILE, TILE);
            }
            addTile(count, shape.scale());
        }
    }

    /** Joins a query's section to those before, if it sees any of it. */
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
        join(pastSums, sums, query * TILE, TILE, past, factor);
        join(pastOutputs, outputs, query * size, size, past, factor);
        pastMaxima[query] = raised;
    }

    private static void join(
            float[] past, float[] later, int start, int count, float shrink, float factor) {
        for (int i = start; i < start + count; i += LANES) {
            FloatVector.fromArray(FLOATS, later, i)
                    .fma(
                            FloatVector.broadcast(FLOATS, factor),
                            FloatVector.fromArray(FLOATS, past, i).mul(shrink))
                    .intoArray(past, i);
        }
    }

    private int headStart(int query, int group, int kvHead) {
        return (kvHead * group + query % group) * size;
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

    // In this form the compiler makes vectors of it by itself; the Vector API has no fp16 yet.
    private static void widen(short[] halves, int start, float[] floats) {
        for (int i = 0; i < floats.length; i++) {
            floats[i] = Float.float16ToFloat(halves[start + i]);
        }
    }

    private void addTile(int count, float scale) {
        for (int q = 0; q < count; q += TOGETHER) {
            score(queries, q * size, keys, size, scale, scores, q * TILE);
            int last = Math.min(q + TOGETHER, count);
            boolean same = true;
            for (int i = q; i < last; i++) {
                same &= from[i] == from[q] && to[i] == to[q];
                if (from[i] < to[i]) {
                    weigh(i);
                }
            }
            if (same) {
                addValues(scores, q * TILE, values, size, from[q], to[q], outputs, q * size);
            } else {
                for (int i = q; i < last; i++) {
                    addValue(scores, i * TILE, values, size, from[i], to[i], outputs, i * size);
                }
            }
        }
    }

    /** Scores of eight queries for the tile's 16 keys; lanes are keys. */
    private static void score(
            float[] queries,
            int first,
            float[] keys,
            int size,
            float scale,
            float[] scores,
            int out) {
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
     * Turns a query's scores into probabilities under a maximum that may rise, and adds them to its
     * sum.
     */
    private void weigh(int query) {
        int at = query * TILE;
        // A probability of 0 leaves a lane's sum as it is.
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
     * Subtracts the larger of the maximum and the tile's scores from the scores, and returns it.
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

    /** Adds the tile's values to eight queries' outputs; lanes are dimensions. */
    private static void addValues(
            float[] weights,
            int first,
            float[] values,
            int size,
            int from,
            int to,
            float[] outputs,
            int out) {
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
    private static void addValue(
            float[] weights,
            int first,
            float[] values,
            int size,
            int from,
            int to,
            float[] outputs,
            int out) {
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

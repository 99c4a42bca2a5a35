package tramontane.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import tramontane.kernel.Activations;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Exponential;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.Kernels;
import tramontane.kernel.KvHead;
import tramontane.kernel.Lanes;
import tramontane.kernel.LayerNorm;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.PairPacking;
import tramontane.kernel.QueryRows;
import tramontane.kernel.RmsNorm;
import tramontane.kernel.RopeShape;

/**
 * The definition of every operation. All other implementations are compared with it. It is written
 * to be read and is never optimized.
 */
public class ScalarKernels extends Kernels {
    // Any number is correct here. This one is common among fast kernels, so tests use tiles of
    // several rows.
    private static final int TILE_ROWS = 4;

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public int tileRows() {
        return TILE_ROWS;
    }

    @Override
    public void quantize(Activations a, int from, int to) {
        ScalarMatmul.quantize(a, from, to);
    }

    @Override
    public void quantizeColumns(Fp32Rows x, Activations a, int block, int blocks) {
        ScalarMatmul.quantizeColumns(x, a, block, blocks);
    }

    @Override
    public void round(Activations a, int from, int to) {
        ScalarPairs.round(a, from, to);
    }

    @Override
    public void roundColumns(Fp32Rows x, Activations a, int block, int blocks) {
        ScalarPairs.roundColumns(x, a, block, blocks);
    }

    @Override
    public void matmul(PackedMatrix w, int groupFrom, int groupTo, Activations a, Fp32Rows out) {
        ScalarMatmul.matmul(w, groupFrom, groupTo, a, out);
    }

    @Override
    public void rmsNorm(RmsNorm norm, MemorySegment x, MemorySegment out, int stride, int rows) {
        int columns = norm.columns();
        float[] lanes = ScalarScratch.ofThread().lanes;
        for (int row = 0; row < rows; row++) {
            long start = (long) row * stride;
            Arrays.fill(lanes, 0f);
            for (int i = 0; i < columns; i++) {
                float v = get(x, start + i);
                lanes[i % Lanes.COUNT] = Math.fma(v, v, lanes[i % Lanes.COUNT]);
            }
            float factor = normFactor(norm, Lanes.sum(lanes));
            for (int i = 0; i < columns; i++) {
                set(out, start + i, get(x, start + i) * factor * get(norm.weight(), i));
            }
        }
    }

    /** Returns the factor of a row whose squares have the given sum. */
    public static float normFactor(RmsNorm norm, float sumOfSquares) {
        // The square root of a float in double precision, rounded to float, is correctly rounded.
        return 1f / (float) Math.sqrt(sumOfSquares / norm.columns() + norm.epsilon());
    }

    @Override
    public void layerNorm(
            LayerNorm norm, MemorySegment x, MemorySegment out, int stride, int rows) {
        int columns = norm.columns();
        float[] lanes = ScalarScratch.ofThread().lanes;
        for (int row = 0; row < rows; row++) {
            long start = (long) row * stride;
            Arrays.fill(lanes, 0f);
            for (int i = 0; i < columns; i++) {
                lanes[i % Lanes.COUNT] += get(x, start + i);
            }
            float mean = Lanes.sum(lanes) / columns;
            Arrays.fill(lanes, 0f);
            for (int i = 0; i < columns; i++) {
                float v = get(x, start + i) - mean;
                lanes[i % Lanes.COUNT] = Math.fma(v, v, lanes[i % Lanes.COUNT]);
            }
            float factor = normFactor(norm, Lanes.sum(lanes));
            for (int i = 0; i < columns; i++) {
                float normed = (get(x, start + i) - mean) * factor;
                set(out, start + i, Math.fma(normed, get(norm.weight(), i), get(norm.bias(), i)));
            }
        }
    }

    /** Returns the factor of a row whose squared distances from the mean have the given sum. */
    public static float normFactor(LayerNorm norm, float sumOfSquares) {
        return 1f / (float) Math.sqrt(sumOfSquares / norm.columns() + norm.epsilon());
    }

    @Override
    public void add(MemorySegment x, MemorySegment y, long count) {
        for (long i = 0; i < count; i++) {
            set(x, i, get(x, i) + get(y, i));
        }
    }

    @Override
    public void addBias(MemorySegment x, int stride, MemorySegment bias, int columns, int rows) {
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < columns; i++) {
                long at = (long) row * stride + i;
                set(x, at, get(x, at) + get(bias, i));
            }
        }
    }

    @Override
    public void scale(MemorySegment x, float factor, long count) {
        for (long i = 0; i < count; i++) {
            set(x, i, get(x, i) * factor);
        }
    }

    @Override
    public void siluMultiply(MemorySegment gate, MemorySegment up, long count) {
        for (long i = 0; i < count; i++) {
            set(gate, i, Exponential.silu(get(gate, i)) * get(up, i));
        }
    }

    @Override
    public void geluMultiply(MemorySegment gate, MemorySegment up, long count) {
        for (long i = 0; i < count; i++) {
            set(gate, i, Exponential.gelu(get(gate, i)) * get(up, i));
        }
    }

    @Override
    public void gelu(MemorySegment x, long count) {
        for (long i = 0; i < count; i++) {
            set(x, i, Exponential.exactGelu(get(x, i)));
        }
    }

    @Override
    public void rope(RopeShape shape, MemorySegment row, int heads, MemorySegment table) {
        int pairs = shape.pairs();
        for (int head = 0; head < heads; head++) {
            for (int i = 0; i < pairs; i++) {
                int first = head * shape.headSize() + (shape.neox() ? i : 2 * i);
                int second = shape.neox() ? first + pairs : first + 1;
                rotate(row, first, second, get(table, i), get(table, pairs + i));
            }
        }
    }

    /** (a, b) becomes (a cos - b sin, a sin + b cos). */
    public static void rotate(MemorySegment row, long first, long second, float cos, float sin) {
        float a = get(row, first);
        float b = get(row, second);
        set(row, first, Math.fma(-b, sin, a * cos));
        set(row, second, Math.fma(a, sin, b * cos));
    }

    @Override
    public void exp(float[] x) {
        for (int i = 0; i < x.length; i++) {
            x[i] = Exponential.exp(x[i]);
        }
    }

    @Override
    public void softmax(Fp32Rows x, int rows, int columns, float scale, MemorySegment sums) {
        float[] lanes = ScalarScratch.ofThread().lanes;
        for (int row = 0; row < rows; row++) {
            MemorySegment values = x.start(row, columns);
            float maximum = Float.NEGATIVE_INFINITY;
            for (int i = 0; i < columns; i++) {
                maximum = Math.max(maximum, get(values, i));
            }
            float offset = -(maximum * scale);
            Arrays.fill(lanes, 0f);
            for (int i = 0; i < columns; i++) {
                float power = Exponential.exp(Math.fma(get(values, i), scale, offset));
                set(values, i, power);
                lanes[i % Lanes.COUNT] += power;
            }
            set(sums, row, Lanes.sum(lanes));
        }
    }

    @Override
    public void storeKeyValue(
            AttentionShape shape,
            MemorySegment key,
            MemorySegment value,
            MemorySegment tile,
            int slot) {
        int size = shape.headSize();
        for (int head = 0; head < shape.kvHeads(); head++) {
            long keys = (long) head * shape.headTileBytes();
            long values = keys + 2L * AttentionShape.TILE * size;
            for (int i = 0; i < size; i++) {
                setHalf(
                        tile,
                        keys + 2L * (i * AttentionShape.TILE + slot),
                        get(key, head * size + i));
                setHalf(tile, values + 2L * (slot * size + i), get(value, head * size + i));
            }
        }
    }

    @Override
    public void attention(KvHead head, QueryRows queries, MemorySegment out) {
        AttentionShape shape = head.shape();
        ScalarAttention attention = ScalarScratch.ofThread().attention(shape.headSize());
        int width = shape.queryHeads() * shape.headSize();
        for (int row = 0; row < queries.count(); row++) {
            for (int i = 0; i < shape.groupSize(); i++) {
                MemorySegment query =
                        queryHead(head, i, queries.values(), (long) row * queries.stride());
                attention.attend(
                        new ScalarAttention.Query(head, query, queries.position() + row),
                        queryHead(head, i, out, (long) row * width));
            }
        }
    }

    @Override
    public long sectionBytes(AttentionShape shape) {
        return shape.groupSize() * AttentionSum.bytes(shape.headSize());
    }

    @Override
    public void attentionSection(KvHead head, QueryRows query, int section, MemorySegment partial) {
        AttentionShape shape = head.shape();
        ScalarAttention attention = ScalarScratch.ofThread().attention(shape.headSize());
        long bytes = AttentionSum.bytes(shape.headSize());
        for (int i = 0; i < shape.groupSize(); i++) {
            MemorySegment own = queryHead(head, i, query.values(), 0);
            attention.attendSection(
                    new ScalarAttention.Query(head, own, query.position()),
                    section,
                    partial.asSlice(i * bytes, bytes));
        }
    }

    @Override
    public void joinSections(
            AttentionShape shape,
            MemorySegment partials,
            int count,
            int kvHead,
            MemorySegment out) {
        ScalarAttention attention = ScalarScratch.ofThread().attention(shape.headSize());
        long bytes = AttentionSum.bytes(shape.headSize());
        for (int head = 0; head < shape.groupSize(); head++) {
            int query = kvHead * shape.groupSize() + head;
            attention.join(
                    partials.asSlice(head * bytes),
                    shape.groupSize() * bytes,
                    count,
                    out.asSlice(4L * query * shape.headSize(), 4L * shape.headSize()));
        }
    }

    /** One of the query heads that read a KV head, in the row that begins at float {@code row}. */
    private static MemorySegment queryHead(KvHead head, int i, MemorySegment rows, long row) {
        int size = head.shape().headSize();
        return rows.asSlice(4 * (row + head.queryOffset() + (long) i * size), 4L * size);
    }

    /** Element {@code index} of an fp32 matrix. */
    static float get(MemorySegment matrix, long index) {
        return matrix.getAtIndex(JAVA_FLOAT, index);
    }

    static void set(MemorySegment matrix, long index, float value) {
        matrix.setAtIndex(JAVA_FLOAT, index, value);
    }

    /** Rounds to fp16, to nearest even; values beyond its range become infinity. */
    private static void setHalf(MemorySegment tile, long offset, float value) {
        tile.set(JAVA_SHORT, offset, Float.floatToFloat16(value));
    }

    static float getHalf(MemorySegment cache, long offset) {
        return Float.float16ToFloat(cache.get(JAVA_SHORT, offset));
    }

    @Override
    public void packRows(Fp32Rows x, int count, PackedMatrix matrix, int row) {
        for (int i = 0; i < count; i++) {
            PairPacking.packRow(x.start(i, matrix.columns()), matrix, row + i);
        }
    }

    @Override
    public void packColumns(Fp32Rows x, int count, PackedMatrix matrix, int column) {
        for (int i = 0; i < count; i++) {
            PairPacking.packColumn(x.start(i, matrix.rows()), matrix, column + i);
        }
    }
}

package tramontane.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The definition of every operation: written to be read, compared with by all others, never
 * optimised.
 */
public class ScalarKernels extends Kernels {
    // Any height is right here; this is one that fast kernels like, so that tests meet tiles of
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
    public void matmul(
            PackedMatrix w,
            int groupFrom,
            int groupTo,
            Activations a,
            MemorySegment out,
            int outStride) {
        ScalarMatmul.matmul(w, groupFrom, groupTo, a, out, outStride);
    }

    @Override
    public void rmsNorm(
            MemorySegment x,
            int stride,
            MemorySegment weight,
            int columns,
            float epsilon,
            MemorySegment out,
            int rows) {
        float[] lanes = Scratch.ofThread().lanes;
        for (int row = 0; row < rows; row++) {
            long start = (long) row * stride;
            Arrays.fill(lanes, 0f);
            for (int i = 0; i < columns; i++) {
                float v = get(x, start + i);
                lanes[i % Lanes.COUNT] = Math.fma(v, v, lanes[i % Lanes.COUNT]);
            }
            float factor = normFactor(Lanes.sum(lanes), columns, epsilon);
            for (int i = 0; i < columns; i++) {
                set(out, start + i, get(x, start + i) * factor * get(weight, i));
            }
        }
    }

    /** What a row is multiplied by, given the sum of its squares. */
    static float normFactor(float sumOfSquares, int columns, float epsilon) {
        // The square root of a float, taken in double and rounded, is the correctly rounded one.
        return 1f / (float) Math.sqrt(sumOfSquares / columns + epsilon);
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
    public void rope(
            MemorySegment row,
            int heads,
            int headSize,
            int rotated,
            MemorySegment table,
            boolean neox) {
        int pairs = rotated / 2;
        for (int head = 0; head < heads; head++) {
            for (int i = 0; i < pairs; i++) {
                int first = head * headSize + (neox ? i : 2 * i);
                int second = neox ? first + pairs : first + 1;
                rotate(row, first, second, get(table, i), get(table, pairs + i));
            }
        }
    }

    /** (a, b) becomes (a cos - b sin, a sin + b cos). */
    static void rotate(MemorySegment row, long first, long second, float cos, float sin) {
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
    public void storeKeyValue(
            AttentionShape shape,
            MemorySegment key,
            MemorySegment value,
            MemorySegment cache,
            long tileOffset,
            int slot) {
        int size = shape.headSize();
        for (int head = 0; head < shape.kvHeads(); head++) {
            long keys = tileOffset + (long) head * shape.headTileBytes();
            long values = keys + 2L * AttentionShape.TILE * size;
            for (int i = 0; i < size; i++) {
                setHalf(
                        cache,
                        keys + 2L * (i * AttentionShape.TILE + slot),
                        get(key, head * size + i));
                setHalf(cache, values + 2L * (slot * size + i), get(value, head * size + i));
            }
        }
    }

    @Override
    public void attention(
            AttentionShape shape,
            MemorySegment query,
            int queryStride,
            int rows,
            int position,
            MemorySegment cache,
            long[] tileOffsets,
            int kvHead,
            MemorySegment out) {
        ScalarAttention attention = Scratch.ofThread().scalarAttention(shape.headSize());
        int width = shape.queryHeads() * shape.headSize();
        for (int row = 0; row < rows; row++) {
            for (int head = 0; head < shape.groupSize(); head++) {
                MemorySegment own = head(shape, kvHead, head, query, (long) row * queryStride);
                attention.attend(
                        new ScalarAttention.Query(
                                shape, own, position + row, cache, tileOffsets, kvHead),
                        head(shape, kvHead, head, out, (long) row * width));
            }
        }
    }

    @Override
    public long sectionBytes(AttentionShape shape) {
        return shape.groupSize() * AttentionSum.bytes(shape.headSize());
    }

    @Override
    public void attentionSection(
            AttentionShape shape,
            MemorySegment query,
            int position,
            MemorySegment cache,
            long[] tileOffsets,
            int kvHead,
            int section,
            MemorySegment partial) {
        ScalarAttention attention = Scratch.ofThread().scalarAttention(shape.headSize());
        long bytes = AttentionSum.bytes(shape.headSize());
        for (int head = 0; head < shape.groupSize(); head++) {
            MemorySegment own = head(shape, kvHead, head, query, 0);
            attention.attendSection(
                    new ScalarAttention.Query(shape, own, position, cache, tileOffsets, kvHead),
                    section,
                    partial.asSlice(head * bytes, bytes));
        }
    }

    @Override
    public void joinSections(
            AttentionShape shape,
            MemorySegment partials,
            int count,
            int kvHead,
            MemorySegment out) {
        ScalarAttention attention = Scratch.ofThread().scalarAttention(shape.headSize());
        long bytes = AttentionSum.bytes(shape.headSize());
        for (int head = 0; head < shape.groupSize(); head++) {
            attention.join(
                    partials.asSlice(head * bytes),
                    shape.groupSize() * bytes,
                    count,
                    head(shape, kvHead, head, out, 0));
        }
    }

    /** One query head of a KV head's, in the row that begins at float {@code row}. */
    private static MemorySegment head(
            AttentionShape shape, int kvHead, int head, MemorySegment rows, long row) {
        int size = shape.headSize();
        long start = row + (long) (kvHead * shape.groupSize() + head) * size;
        return rows.asSlice(4 * start, 4L * size);
    }

    /** Float number {@code index} of a matrix. */
    static float get(MemorySegment matrix, long index) {
        return matrix.getAtIndex(JAVA_FLOAT, index);
    }

    static void set(MemorySegment matrix, long index, float value) {
        matrix.setAtIndex(JAVA_FLOAT, index, value);
    }

    /** Stores to fp16, rounding to nearest even; what is too large becomes infinity. */
    private static void setHalf(MemorySegment cache, long offset, float value) {
        cache.set(JAVA_SHORT, offset, Float.floatToFloat16(value));
    }

    static float getHalf(MemorySegment cache, long offset) {
        return Float.float16ToFloat(cache.get(JAVA_SHORT, offset));
    }
}

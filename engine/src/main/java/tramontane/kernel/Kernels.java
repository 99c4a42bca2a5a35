package tramontane.kernel;

import java.lang.foreign.MemorySegment;
import tramontane.tensor.Tensor;

/**
 * The operations of a forward pass. Every implementation gives the same bits.
 *
 * <p>All buffers are off-heap, 64-byte aligned fp32 matrices, row after row; strides count
 * elements. No operation allocates, none knows of threads: a caller that wants several hands each
 * its own slice of rows or groups.
 *
 * <p>The arithmetic is fixed: sums over a row use 16 virtual lanes (lane {@code i} takes elements
 * {@code i, i+16, ...} in ascending order, each by one fma) and then a tree that adds lanes 8, 4, 2
 * and 1 apart; everything else is one written sequence of fp32 operations an element. {@link
 * ScalarKernels} is the definition.
 */
public abstract class Kernels {
    /** A short name for logs: scalar, vector-512, avx512-vnni. */
    public abstract String name();

    /** Rows in a full tile of {@link Activations}; the last tile of a batch may be shorter. */
    public abstract int tileRows();

    /**
     * Fills groups {@code from} to {@code to} of {@code packed} from the tensor as the file has it;
     * threads may fill disjoint slices at once.
     */
    public void pack(Tensor tensor, PackedMatrix packed, int from, int to) {
        packed.packGroups(tensor, from, to);
    }

    /** Fills the int8 form of rows {@code from} to {@code to} of {@code a} from its fp32 form. */
    public abstract void quantize(Activations a, int from, int to);

    /**
     * {@code out[m][16 g + r] = sum over k of w[16 g + r][k] * a[m][k]} for all rows {@code m} of
     * {@code a} and the groups {@code groupFrom <= g < groupTo}. Quantised weights read the int8
     * form of {@code a}, others the fp32 form.
     */
    public abstract void matmul(
            PackedMatrix w,
            int groupFrom,
            int groupTo,
            Activations a,
            MemorySegment out,
            int outStride);

    /**
     * {@code out = x * (1 / sqrt(mean(x^2) + epsilon)) * weight} for {@code rows} rows, {@code
     * stride} elements apart in both; {@code out} may be {@code x}.
     */
    public abstract void rmsNorm(
            MemorySegment x,
            int stride,
            MemorySegment weight,
            int columns,
            float epsilon,
            MemorySegment out,
            int rows);

    /** {@code x += y} over {@code count} elements. */
    public abstract void add(MemorySegment x, MemorySegment y, long count);

    /** {@code x[row] += bias} for each of {@code rows} rows. */
    public abstract void addBias(
            MemorySegment x, int stride, MemorySegment bias, int columns, int rows);

    /** {@code x *= factor} over {@code count} elements. */
    public abstract void scale(MemorySegment x, float factor, long count);

    /** {@code gate = silu(gate) * up} over {@code count} elements; silu(v) = v / (1 + exp(-v)). */
    public abstract void siluMultiply(MemorySegment gate, MemorySegment up, long count);

    /** {@code gate = gelu(gate) * up} over {@code count} elements, gelu in its tanh form. */
    public abstract void geluMultiply(MemorySegment gate, MemorySegment up, long count);

    /**
     * Rotates {@code heads} heads of one row in place: {@code (a, b)} becomes {@code (fma(-b, sin,
     * a cos), fma(a, sin, b cos))}. {@code table} holds, for the row's position, {@code rotated /
     * 2} cosines and then as many sines.
     *
     * @param neox true where element {@code i} pairs with {@code i + rotated / 2}, false where
     *     {@code 2 i} pairs with {@code 2 i + 1}
     */
    public abstract void rope(
            MemorySegment row,
            int heads,
            int headSize,
            int rotated,
            MemorySegment table,
            boolean neox);

    /**
     * Replaces each element by its exponential, 0 below -105: what a draw weighs tokens with.
     *
     * @param x a multiple of 16 elements
     */
    public abstract void exp(float[] x);

    /**
     * Rounds one row's keys and values ({@code kvHeads * headSize} elements each) to fp16 and
     * writes them to slot {@code position % 16} of the tile at {@code tileOffset} of {@code cache}.
     *
     * <pre>
     * tile:  KV head 0: keys   [headSize][16 positions] fp16     one load holds a dimension of 16 keys
     *                   values [16 positions][headSize] fp16     one load holds 16 dimensions of a value
     *        KV head 1: ...
     * </pre>
     */
    public abstract void storeKeyValue(
            AttentionShape shape,
            MemorySegment key,
            MemorySegment value,
            MemorySegment cache,
            long tileOffset,
            int slot);

    /**
     * Attention of {@code rows} queries at consecutive positions {@code position, position + 1,
     * ...} of one sequence, for one KV head and all query heads that share it. Row {@code i} sees
     * positions up to and including its own, within the shape's window.
     *
     * <p>Each section of {@link AttentionShape#SECTION} positions that is seen in whole or in part
     * is taken by itself, its tiles in ascending order. In a tile a score is the fma chain over the
     * dimensions in ascending order, times the scale; the running maximum is raised by the tile's
     * maximum, sum and output are multiplied by exp(old - new), then each visible position {@code
     * j} in ascending order adds its probability to lane {@code j} of the sum and by one fma each
     * to the output. Sections are joined in ascending order: the maximum is the larger one, what
     * came before is multiplied by exp(its maximum - that), and the section is added with its own
     * such factor by one fma each. At the end the lanes are added by the tree and the output is
     * divided by the sum.
     *
     * @param query row {@code i} at {@code i * queryStride}, all {@code queryHeads * headSize}
     *     elements
     * @param tileOffsets byte offset in {@code cache} of the sequence's tile {@code t}, which holds
     *     positions {@code 16 t} to {@code 16 t + 15}, for this layer
     * @param out row {@code i} at {@code i * queryHeads * headSize}; only this KV head's query
     *     heads are written
     */
    public abstract void attention(
            AttentionShape shape,
            MemorySegment query,
            int queryStride,
            int rows,
            int position,
            MemorySegment cache,
            long[] tileOffsets,
            int kvHead,
            MemorySegment out);

    /**
     * Bytes of what {@link #attentionSection} leaves to {@link #joinSections}, a multiple of 64.
     */
    public abstract long sectionBytes(AttentionShape shape);

    /**
     * The part of {@link #attention} that one section contributes to one row at {@code position},
     * which must see some of it.
     *
     * @param query of the row, all {@code queryHeads * headSize} elements
     * @param partial {@link #sectionBytes} in which the result is kept; 64-byte aligned
     */
    public abstract void attentionSection(
            AttentionShape shape,
            MemorySegment query,
            int position,
            MemorySegment cache,
            long[] tileOffsets,
            int kvHead,
            int section,
            MemorySegment partial);

    /**
     * Joins what all sections that a row sees have contributed, so that {@code out} is what {@link
     * #attention} would have made it.
     *
     * @param partials one behind the other, in ascending order; overwritten
     */
    public abstract void joinSections(
            AttentionShape shape, MemorySegment partials, int count, int kvHead, MemorySegment out);
}

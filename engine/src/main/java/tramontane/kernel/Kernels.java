package tramontane.kernel;

import java.lang.foreign.MemorySegment;
import tramontane.tensor.Tensor;

/**
 * The operations of a forward pass. Every implementation gives the same bits.
 *
 * <p>All buffers are off-heap, 64-byte aligned fp32 matrices in row-major order; strides count
 * elements. No operation allocates and none starts threads: a caller with several threads gives
 * each a slice of the rows or groups.
 *
 * <p>The arithmetic is fixed. A sum over a row uses 16 virtual lanes: lane {@code i} takes elements
 * {@code i, i+16, ...} in ascending order, each by one fma, and then a tree adds the lanes 8, 4, 2
 * and 1 apart. Everything else is one defined sequence of fp32 operations per element. {@code
 * ScalarKernels} is the definition.
 */
public abstract class Kernels {
    /** A short name for logs: scalar, vector-512, avx512. */
    public abstract String name();

    /** Rows in a full tile of {@link Activations}. The last tile of a batch may have fewer. */
    public abstract int tileRows();

    /**
     * Groups of weights that {@link #matmul} multiplies together if there are so many rows of
     * activations. A multiple of it in each call is fastest.
     */
    public int groupsTogether(int rows) {
        return 1;
    }

    /**
     * Packs groups {@code from} to {@code to} of a tensor. Threads may pack disjoint ranges at the
     * same time.
     */
    public void pack(Tensor tensor, PackedMatrix packed, int from, int to) {
        packed.packGroups(tensor, from, to);
    }

    /** Computes the int8 form of rows {@code from} to {@code to} of {@code a}. */
    public abstract void quantize(Activations a, int from, int to);

    /**
     * Computes the int8 form of some columns of all rows of {@code a}: of {@code blocks} blocks of
     * 32 columns from {@code block} on. Threads may do so with disjoint blocks at the same time.
     *
     * @param x has only these columns, instead of the fp32 form of {@code a}
     */
    public abstract void quantizeColumns(Fp32Rows x, Activations a, int block, int blocks);

    /**
     * Computes the bf16 form of rows {@code from} to {@code to} of {@code a}: each value
     * {@linkplain Bfloat16#round rounded}.
     */
    public abstract void round(Activations a, int from, int to);

    /** Computes the bf16 form of some columns of all rows, like {@link #quantizeColumns}. */
    public abstract void roundColumns(Fp32Rows x, Activations a, int block, int blocks);

    /**
     * {@code out[m][16 g + r] = sum over k of w[16 g + r][k] * a[m][k]} for all rows {@code m} of
     * {@code a} and the groups {@code groupFrom <= g < groupTo}. Quantized weights are multiplied
     * with the int8 form of {@code a}, BF16_PAIRS with the bf16 form, others with the fp32 form.
     */
    public abstract void matmul(
            PackedMatrix w, int groupFrom, int groupTo, Activations a, Fp32Rows out);

    /**
     * {@code out = x * (1 / sqrt(mean(x^2) + epsilon)) * weight} for {@code rows} rows. Rows of
     * {@code x} and {@code out} are {@code stride} elements apart; {@code out} may be {@code x}.
     */
    public abstract void rmsNorm(
            RmsNorm norm, MemorySegment x, MemorySegment out, int stride, int rows);

    /**
     * {@code out = (x - mean(x)) * (1 / sqrt(mean((x - mean(x))^2) + epsilon)) * weight + bias} for
     * {@code rows} rows, with one fma for the last two. Rows of {@code x} and {@code out} are
     * {@code stride} elements apart; {@code out} may be {@code x}.
     */
    public abstract void layerNorm(
            LayerNorm norm, MemorySegment x, MemorySegment out, int stride, int rows);

    /** {@code x += y} over {@code count} elements. */
    public abstract void add(MemorySegment x, MemorySegment y, long count);

    /** {@code x[row] += y[row]} for the first {@code columns} elements of {@code rows} rows. */
    public void addRows(Fp32Rows x, Fp32Rows y, int columns, int rows) {
        for (int row = 0; row < rows; row++) {
            add(x.start(row, columns), y.start(row, columns), columns);
        }
    }

    /** {@code x[row] += bias} for each of {@code rows} rows. */
    public abstract void addBias(
            MemorySegment x, int stride, MemorySegment bias, int columns, int rows);

    /** {@code x *= factor} over {@code count} elements. */
    public abstract void scale(MemorySegment x, float factor, long count);

    /** {@code gate = silu(gate) * up} over {@code count} elements; silu(v) = v / (1 + exp(-v)). */
    public abstract void siluMultiply(MemorySegment gate, MemorySegment up, long count);

    /** {@code gate = gelu(gate) * up} over {@code count} elements, with the tanh form of gelu. */
    public abstract void geluMultiply(MemorySegment gate, MemorySegment up, long count);

    /** {@code x = gelu(x)} over {@code count} elements, with the exact form of gelu. */
    public abstract void gelu(MemorySegment x, long count);

    /**
     * Rotates {@code heads} heads of one row in place: {@code (a, b)} becomes {@code (fma(-b, sin,
     * a cos), fma(a, sin, b cos))}.
     *
     * @param table for the row's position, {@code rotated / 2} cosines, then {@code rotated / 2}
     *     sines
     */
    public abstract void rope(RopeShape shape, MemorySegment row, int heads, MemorySegment table);

    /**
     * Brings memory into the second-level cache of the core that calls, so that reading it soon
     * after takes less time. Computes nothing, and does nothing where there is no instruction for
     * it.
     */
    public void prefetch(MemorySegment memory) {}

    /**
     * Replaces each element by its exponential; elements below -105 become 0. Sampling computes the
     * weights of tokens with it.
     *
     * @param x its length is a multiple of 16
     */
    public abstract void exp(float[] x);

    /**
     * For each of {@code rows} rows, replaces its first {@code columns} elements by {@code
     * exp(fma(x, scale, -(maximum of the row * scale)))}, and stores their sum: the exponentials of
     * a softmax before the division. Negative infinity becomes 0.
     *
     * @param columns a multiple of 16
     * @param scale positive
     * @param sums one fp32 a row
     */
    public abstract void softmax(
            Fp32Rows x, int rows, int columns, float scale, MemorySegment sums);

    /**
     * Rounds one row's keys and values ({@code kvHeads * headSize} elements each) to fp16 and
     * writes them to slot {@code position % 16} of a tile.
     *
     * <pre>
     * tile:  KV head 0: keys   [headSize][16 positions] fp16     one load holds a dimension of 16 keys
     *                   values [16 positions][headSize] fp16     one load holds 16 dimensions of a value
     *        KV head 1: ...
     * </pre>
     *
     * @param tile {@link AttentionShape#tileBytes} of the cache
     */
    public abstract void storeKeyValue(
            AttentionShape shape,
            MemorySegment key,
            MemorySegment value,
            MemorySegment tile,
            int slot);

    /**
     * Attention of queries for one KV head and all query heads that share it. A row sees positions
     * up to and including its own, within the shape's window.
     *
     * <p>Each section of {@link AttentionShape#SECTION} positions is computed by itself, its tiles
     * in ascending order, with the online softmax of Milakov and Gimelshein 2018. For each tile:
     *
     * <p>1. A score is the fma chain over the dimensions in ascending order, times the scale.
     *
     * <p>2. The running maximum becomes the maximum of itself and the tile's scores. Sums and
     * outputs are multiplied by exp(old maximum - new maximum).
     *
     * <p>3. Each visible position {@code j}, in ascending order, has the probability {@code
     * exp(score - maximum)}. It is added to lane {@code j} of the sum, and by one fma per dimension
     * to the output.
     *
     * <p>Sections are joined in ascending order: the new maximum is that of both. The earlier sums
     * and outputs are multiplied by exp(their maximum - new maximum), and those of the section are
     * added by one fma each, with exp(section's maximum - new maximum) as the factor. At the end,
     * the tree adds the lanes of the sum, and the output is divided by it.
     *
     * @param out row {@code i} at {@code i * queryHeads * headSize}; only this KV head's query
     *     heads are written
     */
    public abstract void attention(KvHead head, QueryRows queries, MemorySegment out);

    /** Bytes of a partial result of {@link #attentionSection}, a multiple of 64. */
    public abstract long sectionBytes(AttentionShape shape);

    /**
     * Computes the part of {@link #attention} that one section contributes to one row. The row must
     * see at least one position of the section.
     *
     * @param query one row
     * @param partial receives the result, {@link #sectionBytes} bytes; 64-byte aligned
     */
    public abstract void attentionSection(
            KvHead head, QueryRows query, int section, MemorySegment partial);

    /**
     * Joins the partial results of all sections that a row sees. Then {@code out} equals the result
     * of {@link #attention}.
     *
     * @param partials the results in ascending order of their sections, without gaps; overwritten
     */
    public abstract void joinSections(
            AttentionShape shape, MemorySegment partials, int count, int kvHead, MemorySegment out);

    /**
     * Rounds the first {@code count} rows of {@code x} to bf16 and makes them the rows from {@code
     * row} on of a matrix of BF16_PAIRS.
     */
    public abstract void packRows(Fp32Rows x, int count, PackedMatrix matrix, int row);

    /**
     * Rounds the first {@code count} rows of {@code x} to bf16 and makes them the columns from
     * {@code column} on of a matrix of BF16_PAIRS.
     */
    public abstract void packColumns(Fp32Rows x, int count, PackedMatrix matrix, int column);
}

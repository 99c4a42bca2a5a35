package tramontane.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * The inputs of a matmul: rows of fp32, and the same rows quantized to int8 in tiles.
 *
 * <p>{@link Kernels#quantize} computes the int8 form. A block of 32 columns has {@code scale =
 * max|x| / 127} and the values {@code rint(x * (127 / max|x|))}, which rounds halves to even. A
 * block with {@code max|x|} below {@link #TINY} is all 0.
 *
 * <pre>
 * tile t holds rows t * tileRows and up: h rows, fewer in the last tile of a batch. One block after the other:
 *   int8[h][32]    the values q
 *   fp32[h]        scale
 *   fp32[h]        scale * sum of q
 *   int32[h]       -8 * sum                      start value of the sums of Q4_0
 *   int32[h]       -16 * sum                     of Q5_0
 *   int32[h]       -128 * sum                    of Q8_0
 *   int32[h]       -32 * sum of the first 16     of Q6_K, first half; an eighth of it: of INT3_16
 *   int32[h]       -32 * sum of the last 16      of Q6_K, second half
 * </pre>
 *
 * {@link Kernels#round} computes the bf16 form, if there is memory for it. Each kernels have a
 * layout of their own for it, within {@link #roundedBytes}.
 *
 * <p>A weight is stored as an unsigned code, from which the format subtracts an offset. A sum of
 * products that begins with its start value, {@code -offset * sum of q}, needs no subtraction
 * later.
 */
public final class Activations {
    /** Blocks whose max|x| is below this become 0, so that 127 / max|x| never overflows. */
    public static final float TINY = 1e-30f;

    public static final int BLOCK = 32;

    /** Rows of a tile of the bf16 form, where it has tiles. */
    public static final int ROUNDED_TILE = 16;

    /** Bytes of one row in one block of a tile: 32 values and 7 fields. */
    public static final int BLOCK_ROW_BYTES = 32 + 7 * 4;

    /** Offsets of the fields in a block, in bytes per row of the tile. */
    public static final int SCALE = 32;

    public static final int SCALED_SUM = 36;
    public static final int START_8 = 40;
    public static final int START_16 = 44;
    public static final int START_128 = 48;
    public static final int START_FIRST_HALF = 52;
    public static final int START_LAST_HALF = 56;

    private final int capacity;
    private final int tileRows;
    private final MemorySegment values;
    private int columns;
    private int stride;
    private Fp32Rows fp32;
    private final MemorySegment quantized;
    private final MemorySegment rounded;
    private int rows;

    /**
     * @param tileRows {@link Kernels#tileRows} of the kernels that read these activations
     */
    public Activations(int capacity, int columns, int tileRows, SegmentAllocator allocator) {
        this(capacity, columns, tileRows, allocator, 0);
    }

    /**
     * Activations that can also have the bf16 form.
     *
     * @param allocator gives memory of zeros
     */
    public static Activations withRounded(
            int capacity, int columns, int tileRows, SegmentAllocator allocator) {
        return new Activations(
                capacity, columns, tileRows, allocator, roundedBytes(capacity, columns));
    }

    private Activations(
            int capacity,
            int columns,
            int tileRows,
            SegmentAllocator allocator,
            long roundedBytes) {
        if (capacity < 1 || columns < 1 || tileRows < 1) {
            throw new IllegalArgumentException(
                    capacity + " rows of " + columns + " in tiles of " + tileRows);
        }
        this.capacity = capacity;
        this.columns = columns;
        this.tileRows = tileRows;
        stride = stride(columns);
        values = allocator.allocate(valuesBytes(capacity, columns), 64);
        fp32 = new Fp32Rows(values, stride);
        quantized = allocator.allocate(quantizedBytes(capacity, columns), 64);
        rounded = roundedBytes == 0 ? MemorySegment.NULL : allocator.allocate(roundedBytes, 64);
        rows = capacity;
    }

    private Activations(Activations whole, int from, int to) {
        capacity = to - from;
        columns = whole.columns;
        tileRows = whole.tileRows;
        stride = whole.stride;
        values = whole.values.asSlice(4L * from * stride, 4L * capacity * stride);
        fp32 = new Fp32Rows(values, stride);
        long rowBytes = (long) blocks(columns) * BLOCK_ROW_BYTES;
        quantized = whole.quantized.asSlice(from * rowBytes, capacity * rowBytes);
        rounded = MemorySegment.NULL;
        rows = capacity;
    }

    /**
     * Rows {@code from} to {@code to} as a batch of their own in the same memory. Its tiles begin
     * with row {@code from}, so its int8 form is not that of the whole; it has no bf16 form.
     */
    public Activations slice(int from, int to) {
        Objects.checkFromToIndex(from, to, rows);
        return new Activations(this, from, to);
    }

    /** Bytes that activations of this size allocate. */
    public static long bytes(int capacity, int columns) {
        return valuesBytes(capacity, columns) + quantizedBytes(capacity, columns);
    }

    /** Bytes that activations of this size allocate with the bf16 form. */
    public static long bytesWithRounded(int capacity, int columns) {
        return bytes(capacity, columns) + roundedBytes(capacity, columns);
    }

    /** Bytes of the bf16 form: rows of fp32 with a stride of {@link #roundedStride}. */
    private static long roundedBytes(int capacity, int columns) {
        return 4L * Math.ceilDiv(capacity, ROUNDED_TILE) * ROUNDED_TILE * roundedStride(columns);
    }

    private static int roundedStride(int columns) {
        return Bfloat16.padded(columns) + 16;
    }

    private static long valuesBytes(int capacity, int columns) {
        return 4L * capacity * stride(columns);
    }

    private static long quantizedBytes(int capacity, int columns) {
        return Math.max(64, (long) capacity * blocks(columns) * BLOCK_ROW_BYTES);
    }

    private static int stride(int columns) {
        return Math.ceilDiv(columns, 16) * 16;
    }

    private static int blocks(int columns) {
        return columns % BLOCK == 0 ? columns / BLOCK : 0;
    }

    public int capacity() {
        return capacity;
    }

    public int columns() {
        return columns;
    }

    /** Rows of the current batch. */
    public int rows() {
        return rows;
    }

    /**
     * Starts a batch of {@code rows} rows. This invalidates the int8 form of the previous batch.
     */
    public void rows(int rows) {
        if (rows < 0 || rows > capacity) {
            throw new IllegalArgumentException(rows + " rows, the capacity is " + capacity);
        }
        this.rows = rows;
    }

    /** Starts a batch with other columns; they must take no more memory than the first ones. */
    public void columns(int columns) {
        if (columns < 1 || bytes(capacity, columns) > values.byteSize() + quantized.byteSize()) {
            throw new IllegalArgumentException(columns + " columns are too many");
        }
        this.columns = columns;
        stride = stride(columns);
        fp32 = new Fp32Rows(values, stride);
    }

    /** The fp32 form: row {@code m} starts at element {@code m * stride()}. */
    public MemorySegment values() {
        return values;
    }

    /** The fp32 form. */
    public Fp32Rows fp32() {
        return fp32;
    }

    /** Elements from one fp32 row to the next. */
    public int stride() {
        return stride;
    }

    /**
     * Writes to row {@code to} the rounding error of row {@code from}: its values minus their int8
     * form. The two rows together represent the values with about 15 bits.
     */
    public void remainder(int from, int to) {
        for (int block = 0; block < blocks(); block++) {
            long first = (long) from * stride + (long) block * BLOCK;
            float max = maxMagnitude(values, first);
            boolean tiny = max < TINY;
            float scale = tiny ? 0 : max / 127;
            float inverse = tiny ? 0 : 127 / max;
            for (int k = 0; k < BLOCK; k++) {
                float x = values.getAtIndex(ValueLayout.JAVA_FLOAT, first + k);
                float rounded = (float) Math.rint(x * inverse);
                values.setAtIndex(
                        ValueLayout.JAVA_FLOAT,
                        (long) (to - from) * stride + first + k,
                        Math.fma(-rounded, scale, x));
            }
        }
    }

    /** Returns max|x| of the block that starts at element {@code first}. */
    public static float maxMagnitude(MemorySegment x, long first) {
        float max = 0;
        for (int k = 0; k < BLOCK; k++) {
            max = Math.max(max, Math.abs(x.getAtIndex(ValueLayout.JAVA_FLOAT, first + k)));
        }
        return max;
    }

    /**
     * The bf16 form, in the layout of the kernels that computed it.
     *
     * @throws IllegalStateException if there is no memory for it
     */
    public MemorySegment rounded() {
        if (rounded.byteSize() == 0) {
            throw new IllegalStateException("these activations have no bf16 form");
        }
        return rounded;
    }

    /**
     * Elements from one row of the bf16 form to the next, where it is rows of fp32. A line more
     * than the columns, so that the rows of a tile do not share the lines of a cache.
     */
    public int roundedStride() {
        return roundedStride(columns);
    }

    public MemorySegment quantized() {
        return quantized;
    }

    /**
     * Blocks of a row in the int8 form. 0 if the columns are not a multiple of 32; then only
     * floating-point weights can be multiplied.
     */
    public int blocks() {
        return blocks(columns);
    }

    public int tileRows() {
        return tileRows;
    }

    public int tiles() {
        return Math.ceilDiv(rows, tileRows);
    }

    /** Rows of tile {@code tile}. */
    public int tileHeight(int tile) {
        return Math.min(tileRows, rows - tile * tileRows);
    }

    public long tileOffset(int tile) {
        Objects.checkIndex(tile, tiles());
        return (long) tile * tileRows * blocks() * BLOCK_ROW_BYTES;
    }

    /** Byte offset of block {@code block} in the tile that holds {@code row}. */
    public long blockOffset(int row, int block) {
        int tile = row / tileRows;
        return tileOffset(tile) + (long) block * tileHeight(tile) * BLOCK_ROW_BYTES;
    }

    /** Byte offset of a 4-byte field of {@code row} in {@code block}. */
    public long fieldOffset(int row, int block, int field) {
        return blockOffset(row, block)
                + (long) field * tileHeight(row / tileRows)
                + 4L * (row % tileRows);
    }

    /** Byte offset of the 32 int8 values of {@code row} in {@code block}. */
    public long valuesOffset(int row, int block) {
        return blockOffset(row, block) + 32L * (row % tileRows);
    }
}

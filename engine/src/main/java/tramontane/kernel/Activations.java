package tramontane.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * The inputs of a matmul: fp32 rows and, beside them, their int8 form in tiles.
 *
 * <p>{@link Kernels#quantize} makes the int8 form: a block of 32 columns has {@code scale = max|x|
 * / 127} and the values {@code rint(x * (127 / max|x|))}, halves to even; where {@code max|x|} is
 * below {@link #TINY} all is 0.
 *
 * <pre>
 * tile t (rows t * tileRows and up; h of them, the last tile of a batch may be shorter), block after block:
 *   int8[h][32]    the values q
 *   fp32[h]        scale
 *   fp32[h]        scale * sum of q
 *   int32[h]       -8 * sum      where the sums of Q4_0 start,
 *   int32[h]       -16 * sum     of Q5_0,
 *   int32[h]       -128 * sum    of Q8_0,
 *   int32[h]       -32 * sum of the first 16, of Q6_K
 *   int32[h]       -32 * sum of the last 16
 * </pre>
 *
 * The start values exist so that weights can be stored as unsigned codes and the subtraction of
 * their offset costs nothing.
 */
public final class Activations {
    /**
     * Blocks whose largest magnitude is below this are all zero, so that 127 / max never overflows.
     */
    public static final float TINY = 1e-30f;

    static final int BLOCK = 32;

    /** Bytes of one row in one block of a tile. */
    static final int BLOCK_ROW_BYTES = 32 + 7 * 4;

    /** Places of the fields of a block, in bytes a row. */
    static final int SCALE = 32;

    static final int SCALED_SUM = 36;
    static final int START_8 = 40;
    static final int START_16 = 44;
    static final int START_128 = 48;
    static final int START_FIRST_HALF = 52;
    static final int START_LAST_HALF = 56;

    private final int capacity;
    private final int columns;
    private final int tileRows;
    private final int stride;
    private final MemorySegment values;
    private final MemorySegment quantized;
    private int rows;

    /**
     * @param tileRows {@link Kernels#tileRows} of the kernels that will read this
     */
    public Activations(int capacity, int columns, int tileRows, SegmentAllocator allocator) {
        if (capacity < 1 || columns < 1 || tileRows < 1) {
            throw new IllegalArgumentException(
                    capacity + " rows of " + columns + " in tiles of " + tileRows);
        }
        this.capacity = capacity;
        this.columns = columns;
        this.tileRows = tileRows;
        stride = stride(columns);
        values = allocator.allocate(valuesBytes(capacity, columns), 64);
        quantized = allocator.allocate(quantizedBytes(capacity, columns), 64);
        rows = capacity;
    }

    /** What such inputs allocate. */
    public static long bytes(int capacity, int columns) {
        return valuesBytes(capacity, columns) + quantizedBytes(capacity, columns);
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

    /** Rows of the present batch. */
    public int rows() {
        return rows;
    }

    /** Starts a batch of {@code rows} rows. The int8 form of an earlier batch is void. */
    public void rows(int rows) {
        if (rows < 0 || rows > capacity) {
            throw new IllegalArgumentException(rows + " rows, the capacity is " + capacity);
        }
        this.rows = rows;
    }

    /** The fp32 form: row {@code m} starts at element {@code m * stride()}. */
    public MemorySegment values() {
        return values;
    }

    /** Elements from one fp32 row to the next. */
    public int stride() {
        return stride;
    }

    /**
     * Writes to row {@code to} what rounding row {@code from} to int8 will leave of it: the two
     * rows together hold it to some 15 bits.
     */
    public void remainder(int from, int to) {
        for (int block = 0; block < blocks(); block++) {
            long first = (long) from * stride + (long) block * BLOCK;
            float max = largest(first);
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

    /** The largest magnitude of the block that starts at element {@code first} of the fp32 form. */
    float largest(long first) {
        float max = 0;
        for (int k = 0; k < BLOCK; k++) {
            max = Math.max(max, Math.abs(values.getAtIndex(ValueLayout.JAVA_FLOAT, first + k)));
        }
        return max;
    }

    MemorySegment quantized() {
        return quantized;
    }

    /**
     * Blocks of the int8 form; 0 where the columns are no whole number of them, and only fp weights
     * can be multiplied.
     */
    int blocks() {
        return blocks(columns);
    }

    int tileRows() {
        return tileRows;
    }

    int tiles() {
        return Math.ceilDiv(rows, tileRows);
    }

    /** Rows of tile {@code tile}. */
    int tileHeight(int tile) {
        return Math.min(tileRows, rows - tile * tileRows);
    }

    long tileOffset(int tile) {
        Objects.checkIndex(tile, tiles());
        return (long) tile * tileRows * blocks() * BLOCK_ROW_BYTES;
    }

    /** Where block {@code block} of the tile that holds {@code row} starts. */
    long blockOffset(int row, int block) {
        int tile = row / tileRows;
        return tileOffset(tile) + (long) block * tileHeight(tile) * BLOCK_ROW_BYTES;
    }

    /** Where a 4-byte field of {@code row} in {@code block} lies. */
    long fieldOffset(int row, int block, int field) {
        return blockOffset(row, block)
                + (long) field * tileHeight(row / tileRows)
                + 4L * (row % tileRows);
    }

    /** Where the 32 int8 of {@code row} in {@code block} lie. */
    long valuesOffset(int row, int block) {
        return blockOffset(row, block) + 32L * (row % tileRows);
    }
}

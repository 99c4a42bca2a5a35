package tramontane.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Objects;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;

/**
 * A weight matrix in layout R16, which every implementation of {@link Kernels} reads. Rows are
 * packed in groups of 16 and interleaved, so that one 64-byte load holds 4 consecutive columns of
 * 16 rows. Rows of zeros fill the last group. docs/KERNELS.md draws the layout.
 *
 * <p>A group is a sequence of blocks, each as long as a block of the format: 32 or 256 columns, or
 * 1 column for floating point. All numbers are little-endian. "x 16" means one value for each of
 * the 16 rows, in order.
 *
 * <pre>
 * nibbles  4 x 64 bytes. Line i, lane r, byte j: low half is the code of row r, column 4 i + j; high half column 16 + 4 i + j
 * fifth    64 bytes. Lane r, byte j, bit 2 i: fifth bit of column 4 i + j; bit 2 i + 1: of column 16 + 4 i + j
 * pairs    2 x 64 bytes. Line p, lane r, byte j, bits 4 s and 4 s + 1: bits 4 and 5 of column 4 i + j, bits 4 s + 2 and
 *          4 s + 3: of column 16 + 4 i + j, for line i = 2 p + s of the nibbles
 * threes   3 x 64 bytes. Lane r, byte j, where c(i) is the code of row r, column 4 i + j, in bits 0-2, 3-5, 6, 7:
 *          c(0), c(1), low bits of c(2) | c(4), c(5), low bits of c(6) | c(3), c(7), high bit of c(2), of c(6)
 *
 * Q4_0  nibbles, scale fp16 x 16                                       288 bytes
 * IQ4_NL, FP4_32  like Q4_0: nibbles (indices into a table of the format)    288
 * FP4_16  nibbles (indices), scale fp16 x 16 of the first 16 columns,
 *       of the last                                                    320
 * Q4_1  nibbles, scale fp16 x 16, minimum fp16 x 16                    320
 * Q5_0  nibbles, fifth, scale fp16 x 16                                352
 * Q5_1  nibbles, fifth, scale fp16 x 16, minimum fp16 x 16             384
 * Q8_0  8 x 64 bytes, line i, lane r, byte j: column 4 i + j, plus 128;
 *       scale fp16 x 16                                                544
 * Q2_K  scale fp16 x 16, minimum fp16 x 16, then for each 32 columns: 2 x 64 bytes (line h,
 *       lane r, byte j, bits 2 i and 2 i + 1: column 16 h + 4 i + j), factors u8 x 16 of the
 *       first 16 columns (low half: of the scale, high half: of the minimum), of the last     1344
 * Q4_K  scale fp16 x 16, minimum fp16 x 16, then for each 32 columns:
 *       nibbles, factor of the scale u8 x 16, of the minimum u8 x 16  2368
 * Q5_K  like Q4_K, with fifth after the nibbles                        2880
 * Q6_K  scale fp16 x 16, then for each 32 columns: nibbles, pairs,
 *       factor of the first 16 columns i8 x 16, of the last i8 x 16    3360
 * LUT4_32  scale fp32 x 16, 16 bytes of the table (each value plus 128), then for each
 *       32 columns: nibbles (indices into the table), factor i8 x 16                   2256
 * LUT4_16  like LUT4_32, with two factors: of the first 16 columns, of the last         2384
 * INT3_16  scale fp16 x 16, then for each 32 columns: threes,
 *       factor of the first 16 columns i8 x 16, of the last i8 x 16                     1824
 * F16, BF16, F32  one column x 16                                      32, 32, 64
 * BF16_PAIRS  two columns x 16: line i, lane r has columns 2 i and 2 i + 1                64
 * </pre>
 *
 * All blocks of a matrix in a LUT4 format have the same table. A group of BF16_PAIRS is padded with
 * zeros to whole blocks of {@link Bfloat16#BLOCK} columns, which are a tile of AMX.
 *
 * @param data {@link #packedBytes} bytes
 */
public record PackedMatrix(DType dtype, int rows, int columns, MemorySegment data) {
    /**
     * The version of the layout drawn above. It must grow with each change of it, and of how
     * weights are converted to the formats above, because packed weights are kept in files.
     */
    public static final int LAYOUT_VERSION = 6;

    /** Rows in a group: the lanes of a 512-bit vector of fp32. */
    public static final int GROUP_ROWS = 16;

    public PackedMatrix {
        long bytes = packedBytes(dtype, rows, columns);
        if (data.byteSize() != bytes) {
            throw new IllegalArgumentException(
                    dtype
                            + " of "
                            + rows
                            + " x "
                            + columns
                            + " packs into "
                            + bytes
                            + " bytes, not "
                            + data.byteSize());
        }
    }

    /** Allocates a matrix whose groups {@link #packGroups} must fill. */
    public static PackedMatrix allocate(
            DType dtype, long tensorRows, long tensorColumns, SegmentAllocator allocator) {
        int rows = Math.toIntExact(tensorRows);
        int columns = Math.toIntExact(tensorColumns);
        MemorySegment data = allocator.allocate(packedBytes(dtype, rows, columns), 64);
        return new PackedMatrix(dtype, rows, columns, data);
    }

    public static PackedMatrix allocate(Tensor tensor, SegmentAllocator allocator) {
        return allocate(tensor.dtype(), tensor.rows(), tensor.columns(), allocator);
    }

    /** Groups {@code from} to {@code to} as a matrix that shares this one's memory. */
    public PackedMatrix slice(int from, int to) {
        Objects.checkFromToIndex(from, to, groups());
        int sliceRows = (int) Math.min(rows, (long) to * GROUP_ROWS) - from * GROUP_ROWS;
        long bytes = (to - from) * groupBytes();
        return new PackedMatrix(
                dtype, sliceRows, columns, data.asSlice(from * groupBytes(), bytes));
    }

    /** Packs a whole tensor on the calling thread. */
    public static PackedMatrix pack(Tensor tensor, SegmentAllocator allocator) {
        PackedMatrix packed = allocate(tensor, allocator);
        packed.packGroups(tensor, 0, packed.groups());
        return packed;
    }

    /**
     * Packs groups {@code from} to {@code to}. Threads may pack disjoint ranges at the same time.
     */
    public void packGroups(Tensor tensor, int from, int to) {
        checkPacking(tensor, from, to);
        new GroupPacking(tensor, data).packGroups(from, to);
    }

    /** Checks the arguments of packing before an implementation touches memory. */
    public void checkPacking(Tensor tensor, int from, int to) {
        if (tensor.dtype() != dtype || tensor.rows() != rows || tensor.columns() != columns) {
            throw new IllegalArgumentException(
                    tensor.name() + " has another shape or format than its packed matrix");
        }
        Objects.checkFromToIndex(from, to, groups());
    }

    public static long packedBytes(DType dtype, int rows, int columns) {
        return Math.ceilDiv(rows, GROUP_ROWS) * groupBytes(dtype, columns);
    }

    private static long groupBytes(DType dtype, int columns) {
        long blocks = dtype.rowBytes(columns) / dtype.blockBytes();
        long stored =
                dtype == DType.BF16_PAIRS
                        ? Bfloat16.padded(columns) / dtype.blockElements()
                        : blocks;
        return stored * groupBlockBytes(dtype);
    }

    public int groups() {
        return Math.ceilDiv(rows, GROUP_ROWS);
    }

    /** Bytes of one group of 16 rows. */
    public long groupBytes() {
        return groupBytes(dtype, columns);
    }

    /** Bytes of one block of a group, as drawn above. */
    public static int groupBlockBytes(DType dtype) {
        return switch (dtype) {
            case Q4_0, IQ4_NL, FP4_32 -> 288;
            case Q4_1, FP4_16 -> 320;
            case Q5_0 -> 352;
            case Q5_1 -> 384;
            case Q8_0 -> 544;
            case Q2_K -> 64 + 8 * 160;
            case Q4_K -> 64 + 8 * 288;
            case Q5_K -> 64 + 8 * 352;
            case Q6_K -> 32 + 8 * 416;
            case LUT4_32 -> 80 + 8 * 272;
            case LUT4_16 -> 80 + 8 * 288;
            case INT3_16 -> 32 + 8 * 224;
            case F16, BF16 -> 32;
            case F32, BF16_PAIRS -> 64;
        };
    }
}

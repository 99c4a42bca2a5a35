package tramontane.tensor;

import java.util.Optional;

/**
 * The weight formats that this engine supports, with their GGUF names and numbers.
 *
 * <p>A format stores {@link #blockElements} consecutive elements of a row in {@link #blockBytes}
 * bytes. The last formats are in no file: other formats are converted into them. The codes of the
 * two LUT4 formats are indices into a look-up table of 16 values, with a factor for each 32 or 16
 * columns. Those of INT3_16 are integers of three bits, with a factor for each 16 columns. FP4_32
 * and FP4_16 hold floating-point numbers of four bits, with an fp16 scale for each 32 or 16
 * columns. BF16_PAIRS holds bf16 weights that are multiplied with bf16 activations.
 */
public enum DType {
    F32(0, 1, 4),
    F16(1, 1, 2),
    Q4_0(2, 32, 18),
    Q4_1(3, 32, 20),
    Q5_0(6, 32, 22),
    Q5_1(7, 32, 24),
    Q8_0(8, 32, 34),
    Q2_K(10, 256, 84),
    Q4_K(12, 256, 144),
    Q5_K(13, 256, 176),
    Q6_K(14, 256, 210),
    IQ4_NL(20, 32, 18),
    BF16(30, 1, 2),
    LUT4_32(DType.IN_NO_FILE, 256, 156),
    LUT4_16(DType.IN_NO_FILE, 256, 164),
    INT3_16(DType.IN_NO_FILE, 256, 114),
    FP4_32(DType.IN_NO_FILE, 32, 18),
    FP4_16(DType.IN_NO_FILE, 32, 20),
    BF16_PAIRS(DType.IN_NO_FILE, 2, 4);

    private static final int IN_NO_FILE = -1;

    private final int ggufId;
    private final int blockElements;
    private final int blockBytes;

    DType(int ggufId, int blockElements, int blockBytes) {
        this.ggufId = ggufId;
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
    }

    public int ggufId() {
        return ggufId;
    }

    /** False for formats that only exist in memory. */
    public boolean isInFiles() {
        return ggufId != IN_NO_FILE;
    }

    public int blockElements() {
        return blockElements;
    }

    public int blockBytes() {
        return blockBytes;
    }

    /** True for formats that are multiplied as integers, with int8 activations. */
    public boolean isQuantized() {
        return blockElements > 1 && this != BF16_PAIRS;
    }

    /**
     * Bytes of one row of {@code columns} elements. The columns must be a multiple of the block
     * size.
     */
    public long rowBytes(long columns) {
        if (columns % blockElements != 0) {
            throw new IllegalArgumentException(
                    columns
                            + " columns are not a multiple of "
                            + this
                            + "'s block of "
                            + blockElements);
        }
        return columns / blockElements * blockBytes;
    }

    public static Optional<DType> ofGgufId(int id) {
        for (DType type : values()) {
            if (type.isInFiles() && type.ggufId == id) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}

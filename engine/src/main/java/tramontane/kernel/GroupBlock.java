package tramontane.kernel;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import tramontane.tensor.DType;

/** 32 columns of a group of 16 packed rows, decoded. This class defines how layout R16 is read. */
public final class GroupBlock {
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int ROWS = PackedMatrix.GROUP_ROWS;

    /** Code minus offset of row r, column k, at index {@code r * 32 + k}. */
    public final int[] codes = new int[ROWS * 32];

    /**
     * Scales of the first 16 columns. Q2_K, Q6_K, LUT4_16, INT3_16 and FP4_16 have others for the
     * last 16.
     */
    public final float[] firstScales = new float[ROWS];

    public final float[] lastScales = new float[ROWS];

    /** The signed minimum, which is added to every value; 0 in formats without one. */
    public final float[] minimums = new float[ROWS];

    /** The same for the last 16 columns: only Q2_K has others there. */
    public final float[] lastMinimums = new float[ROWS];

    private final PackedMatrix weights;
    private final DType dtype;
    private final int from;
    private final int to;

    /** The codes of the indices, in formats with a table. */
    private final byte[] table = new byte[CodeTable.SIZE];

    public GroupBlock(PackedMatrix weights) {
        this(weights, 0, ROWS);
    }

    /** Decodes only rows {@code from} to {@code to} of a group. */
    GroupBlock(PackedMatrix weights, int from, int to) {
        this.weights = weights;
        this.from = from;
        this.to = to;
        dtype = weights.dtype();
        if (CodeTable.has(dtype)) {
            CodeTable.write(dtype, WeightBlock.offset(dtype), table);
        }
    }

    public DType dtype() {
        return dtype;
    }

    /** Decodes the 32 columns from {@code 32 * block} on. */
    public void read(int group, int block) {
        int blockBytes = PackedMatrix.groupBlockBytes(dtype);
        int parts = dtype.blockElements() / 32;
        long at = group * weights.groupBytes() + (long) (block / parts) * blockBytes;
        int part = block % parts;
        switch (dtype) {
            case Q4_0, Q4_1 -> {
                readNibbles(at);
                readScales(at + 256);
            }
            case IQ4_NL, FP4_32, FP4_16 -> {
                readNibbles(at);
                lookUp();
                readScales(at + 256);
            }
            case Q5_0, Q5_1 -> {
                readNibbles(at);
                addFifth(at + 256);
                readScales(at + 320);
            }
            case Q8_0 -> {
                readBytes(at);
                readScales(at + 512);
            }
            case Q2_K -> readQ2K(at, at + 64 + part * 160);
            case Q4_K -> readTwoFactors(at, at + 64 + part * 288, 256);
            case Q5_K -> {
                readTwoFactors(at, at + 64 + part * 352, 320);
                addFifth(at + 64 + part * 352 + 256);
            }
            case Q6_K -> readQ6K(at, at + 32 + part * 416);
            case LUT4_32 -> readLut4(at, at + 80 + part * 272, 1);
            case LUT4_16 -> readLut4(at, at + 80 + part * 288, 2);
            case INT3_16 -> readInt3(at, at + 32 + part * 224);
            case F16, BF16, F32, BF16_PAIRS ->
                    throw new IllegalArgumentException(dtype + " has no blocks");
        }
        subtractOffset();
    }

    private void subtractOffset() {
        int offset = WeightBlock.offset(dtype);
        for (int i = from * 32; i < to * 32; i++) {
            codes[i] -= offset;
        }
    }

    private int unsigned(long at) {
        return weights.data().get(BYTE, at) & 0xFF;
    }

    private float half(long at) {
        return Float.float16ToFloat((short) (unsigned(at) | unsigned(at + 1) << 8));
    }

    private void readNibbles(long at) {
        for (int r = from; r < to; r++) {
            for (int k = 0; k < 16; k++) {
                int value = unsigned(at + k / 4 * 64 + r * 4 + k % 4);
                codes[r * 32 + k] = value & 15;
                codes[r * 32 + 16 + k] = value >> 4;
            }
        }
    }

    private void lookUp() {
        for (int i = from * 32; i < to * 32; i++) {
            codes[i] = table[codes[i]] & 0xFF;
        }
    }

    private void addFifth(long at) {
        for (int r = from; r < to; r++) {
            for (int k = 0; k < 16; k++) {
                int bits = unsigned(at + r * 4 + k % 4) >> k / 4 * 2;
                codes[r * 32 + k] += (bits & 1) << 4;
                codes[r * 32 + 16 + k] += (bits >> 1 & 1) << 4;
            }
        }
    }

    private void addPairs(long at) {
        for (int r = from; r < to; r++) {
            for (int k = 0; k < 16; k++) {
                int bits = unsigned(at + k / 8 * 64 + r * 4 + k % 4) >> k / 4 % 2 * 4;
                codes[r * 32 + k] += (bits & 3) << 4;
                codes[r * 32 + 16 + k] += (bits >> 2 & 3) << 4;
            }
        }
    }

    private void readBytes(long at) {
        for (int r = from; r < to; r++) {
            for (int k = 0; k < 32; k++) {
                codes[r * 32 + k] = unsigned(at + k / 4 * 64 + r * 4 + k % 4);
            }
        }
    }

    private void readScales(long at) {
        boolean hasMinimum = dtype == DType.Q4_1 || dtype == DType.Q5_1;
        for (int r = from; r < to; r++) {
            firstScales[r] = half(at + 2 * r);
            lastScales[r] = dtype == DType.FP4_16 ? half(at + 32 + 2 * r) : firstScales[r];
            minimums[r] = hasMinimum ? half(at + 32 + 2 * r) : 0;
            lastMinimums[r] = minimums[r];
        }
    }

    // The products are exact: a scale has 11 bits, a factor 6.
    private void readTwoFactors(long at, long partAt, int factors) {
        readNibbles(partAt);
        for (int r = from; r < to; r++) {
            firstScales[r] = half(at + 2 * r) * unsigned(partAt + factors + r);
            lastScales[r] = firstScales[r];
            minimums[r] = -(half(at + 32 + 2 * r) * unsigned(partAt + factors + 16 + r));
            lastMinimums[r] = minimums[r];
        }
    }

    // The products are exact: a scale has 11 bits, a factor 4.
    private void readQ2K(long at, long partAt) {
        for (int r = from; r < to; r++) {
            for (int k = 0; k < 32; k++) {
                int bits = unsigned(partAt + k / 16 * 64 + r * 4 + k % 4);
                codes[r * 32 + k] = bits >> k % 16 / 4 * 2 & 3;
            }
            int first = unsigned(partAt + 128 + r);
            int last = unsigned(partAt + 144 + r);
            firstScales[r] = half(at + 2 * r) * (first & 15);
            lastScales[r] = half(at + 2 * r) * (last & 15);
            minimums[r] = -(half(at + 32 + 2 * r) * (first >> 4));
            lastMinimums[r] = -(half(at + 32 + 2 * r) * (last >> 4));
        }
    }

    // The products are exact: a scale has 11 bits, a factor at most 8.
    private void readLut4(long at, long partAt, int factors) {
        readNibbles(partAt);
        for (int i = from * 32; i < to * 32; i++) {
            codes[i] = unsigned(at + 64 + codes[i]);
        }
        for (int r = from; r < to; r++) {
            float scale = weights.data().get(FLOAT, at + 4 * r);
            firstScales[r] = scale * weights.data().get(BYTE, partAt + 256 + r);
            lastScales[r] = scale * weights.data().get(BYTE, partAt + 256 + 16 * (factors - 1) + r);
        }
    }

    private void readQ6K(long at, long partAt) {
        readNibbles(partAt);
        addPairs(partAt + 256);
        readSignedFactors(at, partAt + 384);
    }

    private void readInt3(long at, long partAt) {
        for (int r = from; r < to; r++) {
            for (int k = 0; k < 32; k++) {
                long lane = partAt + 4 * r + k % 4;
                codes[r * 32 + k] =
                        WeightBlock.threeBits(
                                unsigned(lane + k / 16 * 64), unsigned(lane + 128), k / 4);
            }
        }
        readSignedFactors(at, partAt + 192);
    }

    // The products are exact: a scale has 11 bits, a factor 8.
    private void readSignedFactors(long at, long factors) {
        for (int r = from; r < to; r++) {
            firstScales[r] = half(at + 2 * r) * weights.data().get(BYTE, factors + r);
            lastScales[r] = half(at + 2 * r) * weights.data().get(BYTE, factors + 16 + r);
        }
    }
}

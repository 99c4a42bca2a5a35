package tramontane.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import tramontane.tensor.DType;

/**
 * One quantized block of a GGUF file, decoded: unsigned codes in the order of the columns and, for
 * the K formats, the small factors of each sub-block. A code means {@code scale * factor * (code -
 * offset) - minimum term}.
 */
public final class WeightBlock {
    /** One code per column, at most 255. */
    final byte[] codes;

    float scale;

    /** The scale of the last 16 columns in FP4_16. */
    float lastScale;

    /** Q4_1 and Q5_1 add the minimum; Q2_K, Q4_K and Q5_K subtract it times its factor. */
    float minimum;

    /**
     * Factors of the scale. Q4_K, Q5_K: one per 32 columns. Q2_K, Q6_K, LUT4, INT3_16: one per 16
     * columns, signed except in Q2_K.
     */
    final byte[] scaleFactors = new byte[16];

    /** Factors of the minimum. Q4_K and Q5_K: one per 32 columns. Q2_K: one per 16 columns. */
    final byte[] minimumFactors = new byte[16];

    /** Offsets of the table and of the factors in a block of the LUT4 formats. */
    static final int LUT4_TABLE = 4;

    static final int LUT4_FACTORS = 20;

    /** Offset of the factors in a block of INT3_16. */
    static final int INT3_FACTORS = 2;

    private static final VarHandle FLOAT =
            MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);

    private final DType dtype;
    private final byte[] bytes;

    /** The codes of the indices, in formats with a table. */
    private final byte[] table = new byte[CodeTable.SIZE];

    WeightBlock(DType dtype) {
        this.dtype = dtype;
        codes = new byte[dtype.blockElements()];
        bytes = new byte[dtype.blockBytes()];
        if (CodeTable.has(dtype)) {
            CodeTable.write(dtype, offset(dtype), table);
        }
    }

    /** The number that the format subtracts from a code. */
    public static int offset(DType dtype) {
        return switch (dtype) {
            case Q4_0 -> 8;
            case INT3_16 -> 4;
            case Q5_0, FP4_32 -> 16;
            case Q6_K, FP4_16 -> 32;
            case Q8_0, IQ4_NL, LUT4_32, LUT4_16 -> 128;
            case Q4_1, Q5_1, Q2_K, Q4_K, Q5_K, F16, BF16, F32, BF16_PAIRS -> 0;
        };
    }

    void read(MemorySegment data, long offset) {
        MemorySegment.copy(data, ValueLayout.JAVA_BYTE, offset, bytes, 0, bytes.length);
        switch (dtype) {
            case Q4_0 -> readNibbles(2);
            case Q4_1 -> readNibbles(4);
            case IQ4_NL, FP4_32 -> readTableCodes(2);
            case FP4_16 -> readTableCodes(4);
            case Q5_0 -> readFives(2);
            case Q5_1 -> readFives(4);
            case Q8_0 -> readBytes();
            case Q2_K -> readQ2K();
            case Q4_K -> readQ4K();
            case Q5_K -> readQ5K();
            case Q6_K -> readQ6K();
            case LUT4_32 -> readLut4(8);
            case LUT4_16 -> readLut4(16);
            case INT3_16 -> readInt3();
            case F16, BF16, F32, BF16_PAIRS ->
                    throw new IllegalArgumentException(dtype + " has no blocks");
        }
    }

    private float half(int at) {
        return Float.float16ToFloat((short) (bytes[at] & 0xFF | bytes[at + 1] << 8));
    }

    private void readScaleAndMinimum() {
        scale = half(0);
        minimum = half(2);
    }

    // scale, [minimum,] 16 bytes: byte j holds columns j and 16 + j
    private void readNibbles(int at) {
        readScaleAndMinimum();
        for (int j = 0; j < 16; j++) {
            codes[j] = (byte) (bytes[at + j] & 15);
            codes[16 + j] = (byte) (bytes[at + j] >> 4 & 15);
        }
    }

    // scale, [scale of the last 16 columns,] 16 bytes as in Q4_0: indices into the format's table
    private void readTableCodes(int at) {
        readNibbles(at);
        // It is where other formats have their minimum.
        lastScale = minimum;
        for (int k = 0; k < codes.length; k++) {
            codes[k] = table[codes[k]];
        }
    }

    // scale, [minimum,] 32 fifth bits, 16 bytes of nibbles
    private void readFives(int at) {
        readNibbles(at + 4);
        for (int k = 0; k < 32; k++) {
            codes[k] |= (byte) ((bytes[at + k / 8] >> k % 8 & 1) << 4);
        }
    }

    // scale, 32 signed bytes
    private void readBytes() {
        scale = half(0);
        for (int k = 0; k < 32; k++) {
            codes[k] = (byte) (bytes[2 + k] ^ 0x80);
        }
    }

    // 16 pairs of factors (low half: of the scale, high half: of the minimum), 2 x 32 bytes, scale,
    // minimum. Byte j of run c holds column 128 c + 32 s + j in bits 2 s and 2 s + 1.
    private void readQ2K() {
        for (int i = 0; i < 16; i++) {
            scaleFactors[i] = (byte) (bytes[i] & 15);
            minimumFactors[i] = (byte) (bytes[i] >> 4 & 15);
        }
        for (int k = 0; k < 256; k++) {
            codes[k] = (byte) (bytes[16 + k / 128 * 32 + k % 32] >> (k / 32 % 4 * 2) & 3);
        }
        scale = half(80);
        minimum = half(82);
    }

    // scale fp32, 16 values of the table (each plus 128), factors, 8 x 16 bytes: byte j of part c
    // holds the indices of columns 32 c + j and 32 c + 16 + j. The values of the table are the
    // codes.
    private void readLut4(int factors) {
        scale = (float) FLOAT.get(bytes, 0);
        for (int i = 0; i < 16; i++) {
            scaleFactors[i] = bytes[LUT4_FACTORS + i * factors / 16];
        }
        int indices = LUT4_FACTORS + factors;
        for (int k = 0; k < 256; k++) {
            int index = bytes[indices + k / 32 * 16 + k % 16] >> (k / 16 % 2 * 4) & 15;
            codes[k] = bytes[LUT4_TABLE + index];
        }
    }

    // scale, 16 factors, then 8 x 12 bytes: the codes of 32 columns, as PackedMatrix draws them
    private void readInt3() {
        scale = half(0);
        System.arraycopy(bytes, INT3_FACTORS, scaleFactors, 0, 16);
        for (int k = 0; k < 256; k++) {
            int at = INT3_FACTORS + 16 + k / 32 * 12 + k % 4;
            codes[k] = (byte) threeBits(bytes[at + k / 16 % 2 * 4], bytes[at + 8], k % 32 / 4);
        }
    }

    /**
     * The code of four columns, number {@code i} of eight, in a byte of each of two lines that have
     * its bits.
     *
     * @param line the byte of the line of the half
     * @param shared the byte of the line of both halves
     */
    static int threeBits(int line, int shared, int i) {
        int half = i / 4;
        return switch (i % 4) {
            case 0 -> line & 7;
            case 1 -> line >> 3 & 7;
            case 2 -> line >> 6 & 3 | shared >> 4 + half & 4;
            default -> shared >> 3 * half & 7;
        };
    }

    // scale, minimum, 12 bytes of factors, then 4 x 32 bytes: byte j of run c holds columns 64 c +
    // j and 64 c + 32 + j
    private void readQ4K() {
        readScaleAndMinimum();
        readSixBitFactors(4);
        readRuns(16);
    }

    // Like Q4_K, with 32 bytes of fifth bits before the runs: bit s of byte j belongs to column 32
    // s + j.
    private void readQ5K() {
        readScaleAndMinimum();
        readSixBitFactors(4);
        readRuns(48);
        for (int k = 0; k < 256; k++) {
            codes[k] |= (byte) ((bytes[16 + k % 32] >> k / 32 & 1) << 4);
        }
    }

    private void readRuns(int at) {
        for (int k = 0; k < 256; k++) {
            codes[k] = (byte) (bytes[at + k / 64 * 32 + k % 32] >> (k / 32 % 2 * 4) & 15);
        }
    }

    /**
     * Reads eight pairs of 6-bit factors from 12 bytes: a scale factor and a minimum factor each.
     *
     * <pre>
     * pair s = 0..3      scale: low six bits of byte s           minimum: low six bits of byte 4 + s
     * pair 4 + s         scale: low half of byte 8 + s, with the two high bits of byte s above it
     *                    minimum: high half of byte 8 + s, with the two high bits of byte 4 + s above it
     * </pre>
     */
    private void readSixBitFactors(int at) {
        for (int s = 0; s < 4; s++) {
            int low = bytes[at + s] & 0xFF;
            int middle = bytes[at + 4 + s] & 0xFF;
            int high = bytes[at + 8 + s] & 0xFF;
            scaleFactors[s] = (byte) (low & 63);
            minimumFactors[s] = (byte) (middle & 63);
            scaleFactors[4 + s] = (byte) (high & 15 | low >> 6 << 4);
            minimumFactors[4 + s] = (byte) (high >> 4 | middle >> 6 << 4);
        }
    }

    // 128 bytes of low halves, 64 bytes with bits 4 and 5, 16 factors, scale. Each 128 columns have
    // 64 + 32 bytes. Column 32 s + j has its low half in byte (s % 2) 32 + j: in the low bits of it
    // for s < 2, else in the high bits. Its bits 4 and 5 are at bit 2 s of byte j.
    private void readQ6K() {
        for (int k = 0; k < 256; k++) {
            int part = k / 128;
            int s = k / 32 % 4;
            int j = k % 32;
            int low = bytes[part * 64 + s % 2 * 32 + j] >> s / 2 * 4 & 15;
            int high = bytes[128 + part * 32 + j] >> 2 * s & 3;
            codes[k] = (byte) (low | high << 4);
        }
        System.arraycopy(bytes, 192, scaleFactors, 0, 16);
        scale = half(208);
    }
}

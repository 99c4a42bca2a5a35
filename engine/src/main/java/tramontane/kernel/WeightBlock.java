package tramontane.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import tramontane.tensor.DType;

/**
 * One quantized block of a GGUF file, decoded: unsigned codes in the order of the columns and, for
 * the K formats, the small factors of each sub-block. A code means {@code scale * factor * (code -
 * offset) - minimum term}.
 */
public final class WeightBlock {
    /** One code per column, at most 255. */
    final byte[] codes;

    /** fp16 bits. */
    short scale;

    /** fp16 bits. Q4_1 and Q5_1 add the minimum; Q4_K and Q5_K subtract it times its factor. */
    short minimum;

    /**
     * K formats: factors of the scale, one per 32 columns. Q6_K: signed factors, one per 16
     * columns.
     */
    final byte[] scaleFactors = new byte[16];

    /** Q4_K and Q5_K: factors of the minimum, one per 32 columns. */
    final byte[] minimumFactors = new byte[8];

    private final DType dtype;
    private final byte[] bytes;

    WeightBlock(DType dtype) {
        this.dtype = dtype;
        codes = new byte[dtype.blockElements()];
        bytes = new byte[dtype.blockBytes()];
    }

    /** The number that the format subtracts from a code. */
    public static int offset(DType dtype) {
        return switch (dtype) {
            case Q4_0 -> 8;
            case Q5_0 -> 16;
            case Q6_K -> 32;
            case Q8_0 -> 128;
            case Q4_1, Q5_1, Q4_K, Q5_K, F16, BF16, F32 -> 0;
        };
    }

    void read(MemorySegment data, long offset) {
        MemorySegment.copy(data, ValueLayout.JAVA_BYTE, offset, bytes, 0, bytes.length);
        switch (dtype) {
            case Q4_0 -> readNibbles(2);
            case Q4_1 -> readNibbles(4);
            case Q5_0 -> readFives(2);
            case Q5_1 -> readFives(4);
            case Q8_0 -> readBytes();
            case Q4_K -> readQ4K();
            case Q5_K -> readQ5K();
            case Q6_K -> readQ6K();
            case F16, BF16, F32 -> throw new IllegalArgumentException(dtype + " has no blocks");
        }
    }

    private short half(int at) {
        return (short) (bytes[at] & 0xFF | bytes[at + 1] << 8);
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

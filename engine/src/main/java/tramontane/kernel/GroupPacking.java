package tramontane.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;

/**
 * Packs the rows of a tensor into groups, in the layout drawn at {@link PackedMatrix}.
 *
 * <p>Loading a model mostly consists of this, so it works on 32-bit words: four columns of a row
 * are one word in the file and one lane in the group. Masks and shifts act on four bytes at a time.
 */
final class GroupPacking {
    private static final VarHandle WORD =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle HALF =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int ROWS = PackedMatrix.GROUP_ROWS;
    private static final int NIBBLES = 0x0F0F0F0F;
    private static final int PAIRS = 0x03030303;
    private static final int BITS = 0x01010101;

    /** For each byte of fifth bits, the word in which bit 4 i + j moved to bit 8 j + 2 i. */
    private static final int[] FIFTH = new int[256];

    static {
        for (int bits = 0; bits < FIFTH.length; bits++) {
            for (int k = 0; k < 8; k++) {
                FIFTH[bits] |= (bits >> k & 1) << (k % 4 * 8 + k / 4 * 2);
            }
        }
    }

    private final DType dtype;
    private final MemorySegment file;
    private final MemorySegment packed;
    private final long rows;
    private final int blocks;

    /**
     * A row of the file, and the group that is being packed. Array accesses compile to plain moves.
     */
    private final byte[] source;

    private final byte[] target;

    GroupPacking(Tensor tensor, MemorySegment packed) {
        this.packed = packed;
        dtype = tensor.dtype();
        file = tensor.data();
        rows = tensor.rows();
        blocks = Math.toIntExact(tensor.columns() / dtype.blockElements());
        source = new byte[Math.toIntExact(dtype.rowBytes(tensor.columns()))];
        target =
                new byte
                        [Math.toIntExact(
                                PackedMatrix.packedBytes(
                                        dtype, ROWS, Math.toIntExact(tensor.columns())))];
    }

    void packGroups(int from, int to) {
        for (int group = from; group < to; group++) {
            int present = (int) Math.min(ROWS, rows - (long) group * ROWS);
            if (present < ROWS) {
                Arrays.fill(target, (byte) 0);
            }
            for (int r = 0; r < present; r++) {
                long row = (long) group * ROWS + r;
                MemorySegment.copy(
                        file, ValueLayout.JAVA_BYTE, row * source.length, source, 0, source.length);
                packRow(r);
            }
            MemorySegment.copy(
                    target,
                    0,
                    packed,
                    ValueLayout.JAVA_BYTE,
                    (long) group * target.length,
                    target.length);
        }
    }

    private void packRow(int r) {
        int size = dtype.blockBytes();
        int step = PackedMatrix.groupBlockBytes(dtype);
        if (dtype.isQuantized()) {
            for (int b = 0; b < blocks; b++) {
                packBlock(b * size, b * step, r);
            }
            return;
        }
        switch (dtype) {
            case F16, BF16 -> {
                for (int k = 0; k < blocks; k++) {
                    copyHalf(2 * k, 32 * k + 2 * r);
                }
            }
            case F32, BF16_PAIRS -> {
                for (int k = 0; k < blocks; k++) {
                    put(64 * k + 4 * r, word(4 * k));
                }
            }
        }
    }

    private void packBlock(int from, int to, int r) {
        switch (dtype) {
            case Q4_0, IQ4_NL, FP4_32 -> {
                copyNibbles(from + 2, to, r);
                copyHalf(from, to + 256 + 2 * r);
            }
            case Q4_1, FP4_16 -> {
                copyNibbles(from + 4, to, r);
                copyHalf(from, to + 256 + 2 * r);
                copyHalf(from + 2, to + 288 + 2 * r);
            }
            case Q5_0 -> {
                copyNibbles(from + 6, to, r);
                spreadFifth(from + 2, to + 256 + 4 * r);
                copyHalf(from, to + 320 + 2 * r);
            }
            case Q5_1 -> {
                copyNibbles(from + 8, to, r);
                spreadFifth(from + 4, to + 256 + 4 * r);
                copyHalf(from, to + 320 + 2 * r);
                copyHalf(from + 2, to + 352 + 2 * r);
            }
            case Q8_0 -> {
                for (int i = 0; i < 8; i++) {
                    put(to + 64 * i + 4 * r, word(from + 2 + 4 * i) ^ 0x80808080);
                }
                copyHalf(from, to + 512 + 2 * r);
            }
            case Q2_K -> packQ2K(from, to, r);
            case Q4_K, Q5_K -> packTwoFactors(from, to, r);
            case Q6_K -> packQ6K(from, to, r);
            case LUT4_32 -> packLut4(from, to, r, 1);
            case LUT4_16 -> packLut4(from, to, r, 2);
            case INT3_16 -> packInt3(from, to, r);
            case F16, BF16, F32, BF16_PAIRS ->
                    throw new IllegalArgumentException(dtype + " has no blocks");
        }
    }

    private int word(int at) {
        return (int) WORD.get(source, at);
    }

    private void put(int at, int value) {
        WORD.set(target, at, value);
    }

    private void copyHalf(int from, int to) {
        HALF.set(target, to, (short) HALF.get(source, from));
    }

    // Byte j of the file holds columns j and 16 + j, as a group does.
    private void copyNibbles(int from, int to, int r) {
        for (int i = 0; i < 4; i++) {
            put(to + 64 * i + 4 * r, word(from + 4 * i));
        }
    }

    private void spreadFifth(int from, int to) {
        int bits = word(from);
        int low = FIFTH[bits & 0xFF] | FIFTH[bits >> 8 & 0xFF] << 4;
        int high = FIFTH[bits >> 16 & 0xFF] | FIFTH[bits >>> 24] << 4;
        put(to, low | high << 1);
    }

    /**
     * <pre>
     * scale, minimum, 12 bytes of factors, in Q5_K 32 bytes of fifth bits (bit s of byte j belongs
     * to column 32 s + j), 4 x 32 bytes (byte j of run c holds columns 64 c + j and 64 c + 32 + j)
     * </pre>
     */
    private void packTwoFactors(int from, int to, int r) {
        boolean hasFifth = dtype == DType.Q5_K;
        int partBytes = (PackedMatrix.groupBlockBytes(dtype) - 64) / 8;
        copyHalf(from, to + 2 * r);
        copyHalf(from + 2, to + 32 + 2 * r);
        for (int part = 0; part < 8; part++) {
            int run = from + (hasFifth ? 48 : 16) + part / 2 * 32;
            int at = to + 64 + part * partBytes;
            joinNibbles(run, part % 2 * 4, at, r);
            if (hasFifth) {
                put(at + 256 + 4 * r, joinFifth(from + 16, part));
            }
            target[at + partBytes - 32 + r] = (byte) scaleFactor(from + 4, part);
            target[at + partBytes - 16 + r] = (byte) minimumFactor(from + 4, part);
        }
    }

    // Takes the low or high halves of 32 bytes: the first 16 become low halves, the last 16 high
    // halves.
    private void joinNibbles(int run, int shift, int to, int r) {
        for (int i = 0; i < 4; i++) {
            int low = word(run + 4 * i) >>> shift & NIBBLES;
            int high = word(run + 16 + 4 * i) >>> shift & NIBBLES;
            put(to + 64 * i + 4 * r, low | high << 4);
        }
    }

    private int joinFifth(int from, int bit) {
        int joined = 0;
        for (int i = 0; i < 4; i++) {
            joined |= (word(from + 4 * i) >>> bit & BITS) << 2 * i;
            joined |= (word(from + 16 + 4 * i) >>> bit & BITS) << 2 * i + 1;
        }
        return joined;
    }

    // Six bits each; WeightBlock.readSixBitFactors documents the layout.
    private int scaleFactor(int at, int part) {
        return part < 4
                ? source[at + part] & 63
                : source[at + 4 + part] & 15 | (source[at + part - 4] & 0xC0) >> 2;
    }

    private int minimumFactor(int at, int part) {
        return part < 4
                ? source[at + 4 + part] & 63
                : source[at + 4 + part] >> 4 & 15 | (source[at + part] & 0xC0) >> 2;
    }

    /**
     * <pre>
     * 128 bytes of low halves, 64 of bits 4 and 5, 16 factors, scale. Each 128 columns have 64 + 32
     * bytes: column 32 s + j has its low half in byte (s % 2) 32 + j, its two bits at bit 2 s of byte j
     * </pre>
     */
    private void packQ6K(int from, int to, int r) {
        copyHalf(from + 208, to + 2 * r);
        for (int part = 0; part < 8; part++) {
            int s = part % 4;
            int low = from + part / 4 * 64 + s % 2 * 32;
            int pairs = from + 128 + part / 4 * 32;
            int at = to + 32 + part * 416;
            joinNibbles(low, s / 2 * 4, at, r);
            for (int p = 0; p < 2; p++) {
                int even = joinPairs(pairs + 8 * p, 2 * s);
                int odd = joinPairs(pairs + 8 * p + 4, 2 * s);
                put(at + 256 + 64 * p + 4 * r, even | odd << 4);
            }
            target[at + 384 + r] = source[from + 192 + 2 * part];
            target[at + 400 + r] = source[from + 193 + 2 * part];
        }
    }

    /**
     * <pre>
     * 16 pairs of factors, 2 x 32 bytes (bits 2 s and 2 s + 1 of byte j of run c: column
     * 128 c + 32 s + j), scale, minimum
     * </pre>
     */
    private void packQ2K(int from, int to, int r) {
        copyHalf(from + 80, to + 2 * r);
        copyHalf(from + 82, to + 32 + 2 * r);
        for (int part = 0; part < 8; part++) {
            int at = to + 64 + part * 160;
            for (int half = 0; half < 2; half++) {
                int run = from + 16 + part / 4 * 32 + 16 * half;
                int joined = 0;
                for (int i = 0; i < 4; i++) {
                    joined |= (word(run + 4 * i) >>> 2 * (part % 4) & PAIRS) << 2 * i;
                }
                put(at + 64 * half + 4 * r, joined);
                target[at + 128 + 16 * half + r] = source[from + 2 * part + half];
            }
        }
    }

    /**
     * <pre>
     * scale fp32, 16 bytes of the table, factors, 8 x 16 bytes of indices
     * </pre>
     *
     * The table of the last row stays; all rows have the same.
     */
    private void packLut4(int from, int to, int r, int factors) {
        put(to + 4 * r, word(from));
        System.arraycopy(source, from + WeightBlock.LUT4_TABLE, target, to + 64, 16);
        int fileFactors = from + WeightBlock.LUT4_FACTORS;
        for (int part = 0; part < 8; part++) {
            int at = to + 80 + part * (256 + 16 * factors);
            copyNibbles(fileFactors + 8 * factors + 16 * part, at, r);
            for (int i = 0; i < factors; i++) {
                target[at + 256 + 16 * i + r] = source[fileFactors + factors * part + i];
            }
        }
    }

    /**
     * <pre>
     * scale, 16 factors, 8 x 12 bytes: four of each of three lines
     * </pre>
     */
    private void packInt3(int from, int to, int r) {
        copyHalf(from, to + 2 * r);
        int factors = from + WeightBlock.INT3_FACTORS;
        for (int part = 0; part < 8; part++) {
            int at = to + 32 + part * 224;
            for (int line = 0; line < 3; line++) {
                put(at + 64 * line + 4 * r, word(factors + 16 + 12 * part + 4 * line));
            }
            target[at + 192 + r] = source[factors + 2 * part];
            target[at + 208 + r] = source[factors + 2 * part + 1];
        }
    }

    private int joinPairs(int from, int bit) {
        return word(from) >>> bit & PAIRS | (word(from + 16) >>> bit & PAIRS) << 2;
    }
}

package tramontane.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import tramontane.kernel.CodeTable;
import tramontane.tensor.DType;

/**
 * Weight formats that have no kernels of their own. They become another format while they are read,
 * in which every weight has exactly the same value, so only memory is lost. The layouts are those
 * of ggml's {@code ggml-common.h}, the values those of the {@code gguf} package's {@code
 * quants.py}.
 *
 * <p>All numbers in the pictures are bytes, d is an fp16 scale.
 */
public enum ConvertedFormat {
    /** {@code hmask 32 | qs 64 | scales 12 | d 2}: {@code d * (scale - 32) * (code - 4)}. */
    Q3_K(11, 256, 110, DType.INT3_16) {
        @Override
        void convert(byte[] from, int at, byte[] to, int start) {
            // INT3_16: d 2 | factors 16 | 8 x 12 bytes as at PackedMatrix.
            for (int k = 0; k < blockElements(); k++) {
                int half = k / 128;
                int part = k / 32 % 4;
                int low = from[at + 32 + half * 32 + k % 32] >> (2 * part) & 3;
                int high = from[at + k % 32] >> (4 * half + part) & 1;
                putThreeBits(high, low, k % 32, to, start + 18 + k / 32 * 12);
            }
            int scales = at + 96;
            for (int i = 0; i < 16; i++) {
                int low = from[scales + i % 8] >> (4 * (i / 8)) & 15;
                int high = from[scales + 8 + i % 4] >> (2 * (i / 4)) & 3;
                to[start + 2 + i] = (byte) ((high << 4 | low) - 32);
            }
            System.arraycopy(from, at + 108, to, start, 2);
        }
    },

    /** {@link GridFormat#iq2Xxs}. */
    IQ2_XXS(16, 256, 66, DType.LUT4_32) {
        @Override
        void convert(byte[] from, int at, byte[] to, int start) {
            new GridFormat(from, at, new LutBlock(to, start, 8)).iq2Xxs();
        }
    },

    /** {@link GridFormat#iq2Xs}. */
    IQ2_XS(17, 256, 74, DType.LUT4_16) {
        @Override
        void convert(byte[] from, int at, byte[] to, int start) {
            new GridFormat(from, at, new LutBlock(to, start, 16)).iq2Xs();
        }
    },

    /** {@link GridFormat#iq3Xxs}. */
    IQ3_XXS(18, 256, 98, DType.LUT4_32) {
        @Override
        void convert(byte[] from, int at, byte[] to, int start) {
            new GridFormat(from, at, new LutBlock(to, start, 8)).iq3Xxs();
        }
    },

    /** {@link GridFormat#iq1S}. */
    IQ1_S(19, 256, 50, DType.LUT4_32) {
        @Override
        void convert(byte[] from, int at, byte[] to, int start) {
            new GridFormat(from, at, new LutBlock(to, start, 8)).iq1S();
        }
    },

    /** {@link GridFormat#iq3S}. */
    IQ3_S(21, 256, 110, DType.LUT4_32) {
        @Override
        void convert(byte[] from, int at, byte[] to, int start) {
            new GridFormat(from, at, new LutBlock(to, start, 8)).iq3S();
        }
    },

    /** {@link GridFormat#iq2S}. */
    IQ2_S(22, 256, 82, DType.LUT4_16) {
        @Override
        void convert(byte[] from, int at, byte[] to, int start) {
            new GridFormat(from, at, new LutBlock(to, start, 16)).iq2S();
        }
    },

    /**
     * {@code d 2 | high bits of the scales 2 | scales 4 | qs 128}: {@code d * (scale - 32) *
     * table[code]}.
     */
    IQ4_XS(23, 256, 136, DType.LUT4_32) {
        @Override
        void convert(byte[] from, int at, byte[] to, int start) {
            LutBlock block = new LutBlock(to, start, 8);
            block.scale(half(from, at));
            block.table(NON_LINEAR);
            for (int part = 0; part < 8; part++) {
                int low = from[at + 4 + part / 2] >> (4 * (part % 2)) & 15;
                int high = from[at + 2 + part / 4] >> (2 * (part % 4)) & 3;
                block.factor(part, (high << 4 | low) - 32);
            }
            // The low halves of 16 bytes are columns 0 to 15 of 32 in both formats.
            System.arraycopy(from, at + 8, to, start + 28, 128);
        }
    },

    /** {@link GridFormat#iq1M}. */
    IQ1_M(29, 256, 56, DType.LUT4_16) {
        @Override
        void convert(byte[] from, int at, byte[] to, int start) {
            new GridFormat(from, at, new LutBlock(to, start, 16)).iq1M();
        }
    },

    /**
     * {@code qs 48 | qh 4 | d 2}: five base 3 digits a byte, four in the last: {@code d * (digit -
     * 1)}.
     */
    TQ1_0(34, 256, 54, DType.Q4_0) {
        @Override
        void convert(byte[] from, int at, byte[] to, int start) {
            int weight = 0;
            for (Digits part : Digits.OF_BLOCK) {
                for (int digit = 0; digit < part.digits; digit++) {
                    for (int i = 0; i < part.bytes; i++) {
                        int code = part.code(from[at + part.at + i], digit);
                        putTernary(to, start, weight++, code);
                    }
                }
            }
            putScales(from, at + 52, to, start);
        }
    },

    /** {@code qs 64 | d 2}: {@code d * (code - 1)}. */
    TQ2_0(35, 256, 66, DType.Q4_0) {
        @Override
        void convert(byte[] from, int at, byte[] to, int start) {
            for (int k = 0; k < blockElements(); k++) {
                int code = from[at + k / 128 * 32 + k % 32] >> (2 * (k / 32 % 4)) & 3;
                putTernary(to, start, k, code);
            }
            putScales(from, at + 64, to, start);
        }
    },

    /** {@code e 1 | qs 16}: {@code 2^(e - 128) * table[code]}, twice the values of FP4. */
    MXFP4(39, 32, 17, DType.FP4_32) {
        @Override
        void convert(byte[] from, int at, byte[] to, int start) {
            System.arraycopy(from, at + 1, to, start + 2, 16);
            int exponent = (from[at] & 0xFF) - 128;
            boolean zeros = allZero(from, at + 1, 16);
            if (!zeros && (exponent < -24 || exponent > 15)) {
                throw new GgufException(
                        "a block of MXFP4",
                        "has the scale 2^" + exponent + ", 2^-24 to 2^15 can be converted");
            }
            putHalf(to, start, zeros ? 0 : Math.scalb(1f, exponent));
        }
    },

    /**
     * {@code scales 4 | qs 32}: 16 weights have a scale of eight bits, an unsigned E4M3: {@code
     * scale / 2 * table[code]}. A file may have another scale for a whole matrix, in a tensor of
     * its own.
     */
    NVFP4(40, 64, 36, DType.FP4_16) {
        @Override
        void convert(byte[] from, int at, byte[] to, int start) {
            // FP4_16: scale fp16 of 16 weights, of the next 16, 16 bytes of nibbles as in Q4_0.
            int blockBytes = target().blockBytes();
            for (int part = 0; part < 4; part++) {
                int block = start + part / 2 * blockBytes;
                putHalf(to, block + part % 2 * 2, e4m3(from[at + part]) / 2);
            }
            for (int k = 0; k < blockElements(); k++) {
                int code = from[at + 4 + k / 16 * 8 + k % 8] >> (4 * (k / 8 % 2)) & 15;
                int nibble = start + k / 32 * blockBytes + 4 + k % 16;
                to[nibble] |= (byte) (code << (4 * (k / 16 % 2)));
            }
        }
    },

    /** {@code d 2 | qs 16}: {@code d} where the bit is set, else {@code -d}. */
    Q1_0(41, 128, 18, DType.Q4_0) {
        @Override
        void convert(byte[] from, int at, byte[] to, int start) {
            for (int k = 0; k < blockElements(); k++) {
                putTernary(to, start, k, from[at + 2 + k / 8] >> k % 8 << 1 & 2);
            }
            putScales(from, at, to, start);
        }
    },

    /** {@code d 2 | qs 16}: {@code d * (code - 1)}. */
    Q2_0(42, 64, 18, DType.Q4_0) {
        @Override
        void convert(byte[] from, int at, byte[] to, int start) {
            for (int k = 0; k < blockElements(); k++) {
                putTernary(to, start, k, from[at + 2 + k / 4] >> 2 * (k % 4) & 3);
            }
            putScales(from, at, to, start);
        }
    };

    private static final byte[] NON_LINEAR = CodeTable.values(DType.IQ4_NL);

    /** A block of Q4_0: d 2 | qs 16. The weights 0 to 15 have the low nibbles. */
    private static final int Q4_0_BYTES = 18;

    private final int ggufId;
    private final int blockElements;
    private final int blockBytes;
    private final DType target;

    ConvertedFormat(int ggufId, int blockElements, int blockBytes, DType target) {
        this.ggufId = ggufId;
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
        this.target = target;
    }

    static Optional<ConvertedFormat> ofGgufId(int id) {
        return Arrays.stream(values()).filter(each -> each.ggufId == id).findFirst();
    }

    int ggufId() {
        return ggufId;
    }

    int blockElements() {
        return blockElements;
    }

    int blockBytes() {
        return blockBytes;
    }

    /** The format in memory. */
    DType target() {
        return target;
    }

    /** Converts one block; {@code to} holds zeros from {@code start} on. */
    abstract void convert(byte[] from, int at, byte[] to, int start);

    /** Converts whole blocks. */
    void convert(MemorySegment from, MemorySegment to) {
        int targetBytes = blockElements / target.blockElements() * target.blockBytes();
        byte[] stored = from.toArray(ValueLayout.JAVA_BYTE);
        int blocks = stored.length / blockBytes;
        byte[] converted = new byte[blocks * targetBytes];
        for (int block = 0; block < blocks; block++) {
            convert(stored, block * blockBytes, converted, block * targetBytes);
        }
        MemorySegment.copy(converted, 0, to, ValueLayout.JAVA_BYTE, 0, converted.length);
    }

    /** Q4_0 subtracts 8 where the ternary formats subtract 1. */
    private static void putTernary(byte[] to, int start, int weight, int code) {
        int nibble = start + weight / 32 * Q4_0_BYTES + 2 + weight % 16;
        to[nibble] |= (byte) (code + 7 << (4 * (weight / 16 % 2)));
    }

    /** Writes the code of one of 32 columns to three words, as drawn at {@code PackedMatrix}. */
    private static void putThreeBits(int high, int low, int column, byte[] to, int start) {
        int half = column / 16;
        int line = start + 4 * half + column % 4;
        int shared = start + 8 + column % 4;
        int code = high << 2 | low;
        switch (column / 4 % 4) {
            case 0 -> to[line] |= (byte) code;
            case 1 -> to[line] |= (byte) (code << 3);
            case 2 -> {
                to[line] |= (byte) (low << 6);
                to[shared] |= (byte) (high << 6 + half);
            }
            default -> to[shared] |= (byte) (code << 3 * half);
        }
    }

    /** Gives all blocks of Q4_0 that a block becomes its scale. */
    final void putScales(byte[] from, int at, byte[] to, int start) {
        for (int block = 0; block < blockElements / DType.Q4_0.blockElements(); block++) {
            System.arraycopy(from, at, to, start + block * Q4_0_BYTES, 2);
        }
    }

    /**
     * A number without sign, with an exponent of four bits (bias 7) and a mantissa of three. The
     * largest code is no number, and counts as 0.
     */
    private static float e4m3(byte code) {
        int exponent = code >> 3 & 15;
        int mantissa = code & 7;
        if (code == 0x7F) {
            return 0;
        }
        return exponent == 0
                ? Math.scalb((float) mantissa, -9)
                : Math.scalb(1 + mantissa / 8f, exponent - 7);
    }

    private static float half(byte[] bytes, int at) {
        return Float.float16ToFloat((short) (bytes[at] & 0xFF | bytes[at + 1] << 8));
    }

    private static void putHalf(byte[] bytes, int at, float value) {
        short half = Float.floatToFloat16(value);
        bytes[at] = (byte) half;
        bytes[at + 1] = (byte) (half >> 8);
    }

    /** Whether all weights are 0, which have the codes 0 and 8. */
    private static boolean allZero(byte[] codes, int from, int count) {
        for (int i = from; i < from + count; i++) {
            if ((codes[i] & 0x77) != 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Bytes of TQ1_0 that hold base 3 digits. The weights of a part come digit by digit: the first
     * digits of all its bytes, then the second ones.
     */
    private record Digits(int at, int bytes, int digits) {
        static final List<Digits> OF_BLOCK =
                List.of(new Digits(0, 32, 5), new Digits(32, 16, 5), new Digits(48, 4, 4));
        private static final int[] POWERS_OF_3 = {1, 3, 9, 27, 81};

        /** A byte is a fraction of 256; the multiplication moves the digit before the point. */
        int code(byte fraction, int digit) {
            int rest = fraction * POWERS_OF_3[digit] & 0xFF;
            return rest * 3 >> 8;
        }
    }
}

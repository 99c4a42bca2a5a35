package tramontane.gguf;

/**
 * The IQ formats with grids: how their blocks become blocks of a LUT4 format. The layouts are those
 * of ggml's {@code ggml-common.h}, the values those of the {@code gguf} package's {@code
 * quants.py}.
 *
 * <p>A value is {@code d * (2 s + 1) * v / 2^n}, where {@code v} is a small integer with a sign: 8,
 * 25 or 43 in the formats of two bits, up to 62 or 15 in those of three, {@code 8 g + 1} or {@code
 * 8 g - 1} with {@code g} from -1 to 1 in those of one. So the table has the values {@code v}, a
 * factor is {@code 2 s + 1}, and the scale is {@code d / 2^n}.
 */
final class GridFormat {
    private static final byte[] TWO_BITS = {8, 25, 43, 0, -8, -25, -43, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    private static final byte[] THREE_BITS_XXS = {
        4, 12, 20, 28, 36, 44, 52, 62, -4, -12, -20, -28, -36, -44, -52, -62
    };
    private static final byte[] THREE_BITS_S = {
        1, 3, 5, 7, 9, 11, 13, 15, -1, -3, -5, -7, -9, -11, -13, -15
    };
    private static final byte[] ONE_BIT = {-7, 1, 9, 0, -9, -1, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0};

    private final byte[] from;
    private final int at;
    private final LutBlock out;

    GridFormat(byte[] from, int at, LutBlock out) {
        this.from = from;
        this.at = at;
        this.out = out;
    }

    private int unsigned(int offset) {
        return from[at + offset] & 0xFF;
    }

    private int word(int offset) {
        return unsigned(offset) | unsigned(offset + 1) << 8;
    }

    private float half(int bits) {
        return Float.float16ToFloat((short) bits);
    }

    /** Seven bits of signs; the eighth makes the number of set bits even. */
    private static int signs(int seven) {
        return seven | (Integer.bitCount(seven) & 1) << 7;
    }

    /** Eight columns of a format of two bits. */
    private void eight(Grid grid, int entry, int column, int signs) {
        for (int i = 0; i < 8; i++) {
            out.index(column + i, grid.place(entry, i) | (signs >> i & 1) << 2);
        }
    }

    /** Four columns of a format of three bits. */
    private void four(Grid grid, int entry, int column, int signs) {
        for (int i = 0; i < 4; i++) {
            out.index(column + i, grid.place(entry, i) | (signs >> i & 1) << 3);
        }
    }

    /** {@code d 2 | for each 32: entries 4, signs and scale u32}. */
    void iq2Xxs() {
        out.scale(half(word(0)) / 8);
        out.table(TWO_BITS);
        for (int part = 0; part < 8; part++) {
            int bytes = 2 + 8 * part;
            int bits = word(bytes + 4) | word(bytes + 6) << 16;
            out.factor(part, 2 * (bits >>> 28) + 1);
            for (int i = 0; i < 4; i++) {
                int signs = signs(bits >> 7 * i & 127);
                eight(Grid.IQ2_XXS, unsigned(bytes + i), 32 * part + 8 * i, signs);
            }
        }
    }

    /** {@code d 2 | for each 8: entry and signs u16 | scales 8}. */
    void iq2Xs() {
        out.scale(half(word(0)) / 8);
        out.table(TWO_BITS);
        nibbleFactors(66, 16);
        for (int i = 0; i < 32; i++) {
            int bits = word(2 + 2 * i);
            eight(Grid.IQ2_XS, bits & 511, 8 * i, signs(bits >> 9));
        }
    }

    /** {@code d 2 | entries 32 | signs 32 | high bits of the entries 8 | scales 8}. */
    void iq2S() {
        out.scale(half(word(0)) / 8);
        out.table(TWO_BITS);
        nibbleFactors(74, 16);
        for (int i = 0; i < 32; i++) {
            int high = unsigned(66 + i / 4) >> i % 4 * 2 & 3;
            eight(Grid.IQ2_S, unsigned(2 + i) | high << 8, 8 * i, unsigned(34 + i));
        }
    }

    /** {@code d 2 | entries 64 | for each 32: signs and scale u32}. */
    void iq3Xxs() {
        out.scale(half(word(0)) / 4);
        out.table(THREE_BITS_XXS);
        for (int part = 0; part < 8; part++) {
            int bits = word(66 + 4 * part) | word(68 + 4 * part) << 16;
            out.factor(part, 2 * (bits >>> 28) + 1);
            for (int i = 0; i < 8; i++) {
                int signs = signs(bits >> i / 2 * 7 & 127) >> i % 2 * 4;
                int entry = unsigned(2 + 8 * part + i);
                four(Grid.IQ3_XXS, entry, 32 * part + 4 * i, signs);
            }
        }
    }

    /** {@code d 2 | entries 64 | their ninth bits 8 | signs 32 | scales 4}. */
    void iq3S() {
        out.scale(half(word(0)));
        out.table(THREE_BITS_S);
        nibbleFactors(106, 8);
        for (int i = 0; i < 64; i++) {
            int entry = unsigned(2 + i) | (unsigned(66 + i / 8) >> i % 8 & 1) << 8;
            four(Grid.IQ3_S, entry, 4 * i, unsigned(74 + i / 2) >> i % 2 * 4);
        }
    }

    /** {@code d 2 | entries 32 | for each 32: high bits of the entries, scale, sign u16}. */
    void iq1S() {
        out.scale(half(word(0)) / 8);
        out.table(ONE_BIT);
        for (int part = 0; part < 8; part++) {
            int bits = word(34 + 2 * part);
            out.factor(part, 2 * (bits >> 12 & 7) + 1);
            for (int i = 0; i < 4; i++) {
                int entry = unsigned(2 + 4 * part + i) | (bits >> 3 * i & 7) << 8;
                eight(Grid.IQ1, entry, 32 * part + 8 * i, bits >> 15 == 0 ? 0 : 255);
            }
        }
    }

    /**
     * {@code entries 32 | for each 8: high bits of the entry and sign, 4 bits | for each 64: four
     * scales and four bits of d, u16}.
     */
    void iq1M() {
        int d = 0;
        for (int i = 0; i < 4; i++) {
            int bits = word(48 + 2 * i);
            d |= bits >> 12 << 4 * i;
            for (int j = 0; j < 4; j++) {
                out.factor(4 * i + j, 2 * (bits >> 3 * j & 7) + 1);
            }
        }
        out.scale(half(d) / 8);
        out.table(ONE_BIT);
        for (int i = 0; i < 32; i++) {
            int bits = unsigned(32 + i / 2) >> i % 2 * 4;
            eight(Grid.IQ1, unsigned(i) | (bits & 7) << 8, 8 * i, (bits & 8) == 0 ? 0 : 255);
        }
    }

    /** Scales of four bits each, the low half of a byte first. */
    private void nibbleFactors(int offset, int count) {
        for (int i = 0; i < count; i++) {
            out.factor(i, 2 * (unsigned(offset + i / 2) >> i % 2 * 4 & 15) + 1);
        }
    }
}

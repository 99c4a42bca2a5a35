package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.R13;
import static tramontane.kernel.x86.Assembler.RAX;

import tramontane.kernel.x86.Assembler.Address;
import tramontane.kernel.x86.Assembler.Shift;
import tramontane.tensor.DType;

/**
 * {@link PanelTileCode} with vectors of 256 bits and {@code vpmaddubsw}, which multiplies unsigned
 * and signed bytes and adds two products in 16 bits.
 *
 * <pre>
 * registers 0 to 3 F, 4 to 7 I, 8 to 11 words (signed codes: 8 and 9 words, 10 and 11 magnitudes), 12 and 13 codes or scales,
 *           14 four activations in all lanes, 15 products
 *
 * for each four columns: words[v][m] += codes[v] . activations[m]     in 16 bits, until the next sum might not fit
 * then                   I[v][m] += words[v][m]                         in 32 bits, each two words that belong to one output
 * </pre>
 *
 * Additions of integers share their execution units with the multiplications, so adding words as
 * long as possible is faster than widening each product.
 */
final class Avx2TileCode extends PanelTileCode {
    private static final int MAX_ROWS = 2;
    private static final int WORDS = 8;
    private static final int CODES = 12;
    private static final int ALL = 14;
    private static final int PRODUCT = 15;

    /** The magnitudes of signed codes: these formats use two words only. */
    private static final int MAGNITUDES = WORDS + 2;

    /** How many sums of two products can be added in 16 bits. */
    private final int sumsOfWords;

    private Avx2TileCode(DType dtype, PanelKind kind, int height) {
        super(
                new Assembler(256),
                dtype,
                kind,
                height,
                MAX_ROWS,
                new Registers(CODES, ALL, PRODUCT));
        sumsOfWords = WordSums.of(dtype);
    }

    static byte[] emit(DType dtype, PanelKind kind, int height) {
        return new Avx2TileCode(dtype, kind, height).code();
    }

    /** How often the code for a tile of this height reads a panel. */
    static int passes(int height) {
        return Math.ceilDiv(height, MAX_ROWS);
    }

    /** Whether the codes of a panel are signed bytes; others are unsigned, of up to six bits. */
    static boolean isSigned(DType dtype) {
        return WordSums.of(dtype) == 1;
    }

    @Override
    void start() {}

    @Override
    int sum(int vector, int row) {
        return 2 * row + vector;
    }

    @Override
    int integer(int vector, int row) {
        return 4 + 2 * row + vector;
    }

    private static int words(int vector, int row) {
        return WORDS + 2 * row + vector;
    }

    @Override
    void loadSums() {
        for (int m = 0; m < rows; m++) {
            for (int v = 0; v < VECTORS; v++) {
                asm.op(Op.VPXOR, sum(v, m), sum(v, m), sum(v, m));
            }
        }
        asm.load(RAX, at(R13, EmittedPanel.CONTINUED));
        asm.test(RAX, 1);
        int fresh = asm.jumpAheadIfZero();
        forEachSum((sum, address) -> asm.op(Op.VMOVUPS, sum, 0, address));
        asm.land(fresh);
    }

    @Override
    void integers(int first, int end, int start) {
        int lines = (end - first) / 4;
        for (int line = 0; line < lines; line++) {
            int column = first + 4 * line;
            boolean isFirst = line < sumsOfWords;
            if (isSigned(dtype)) {
                signedProducts(column, isFirst);
            } else {
                products(column, isFirst, line % sumsOfWords == 0);
                if ((line + 1) % sumsOfWords == 0 || line + 1 == lines) {
                    widen(isFirst);
                }
            }
        }
        if (start != 0 && !isSigned(dtype)) {
            for (int m = 0; m < rows; m++) {
                asm.op(Op.VPBROADCASTD, ALL, 0, field(start, m));
                if (dtype == DType.INT3_16) {
                    // The start values of halves are for the offset 32, and its own is 4.
                    asm.shift(Shift.SIGNED_INTS_RIGHT, ALL, ALL, 3);
                }
                for (int v = 0; v < VECTORS; v++) {
                    asm.op(Op.VPADDD, integer(v, m), integer(v, m), ALL);
                }
            }
        }
    }

    /**
     * Adds products of four columns to words.
     *
     * @param isFirst whether no word has been added to the integer sums yet. Then the words are in
     *     the registers of these sums, and are widened in place
     * @param opens whether the words start here, instead of being added to
     */
    private void products(int column, boolean isFirst, boolean opens) {
        for (int v = 0; v < VECTORS; v++) {
            asm.op(Op.VMOVUPS, CODES + v, 0, codes(v, column));
        }
        for (int m = 0; m < rows; m++) {
            asm.op(Op.VPBROADCASTD, ALL, 0, activations(m, column));
            for (int v = 0; v < VECTORS; v++) {
                int words = isFirst ? integer(v, m) : words(v, m);
                int product = opens ? words : v + 1 == VECTORS ? ALL : PRODUCT;
                asm.op(Op.VPMADDUBSW, product, CODES + v, ALL);
                if (!opens) {
                    asm.op(Op.VPADDW, words, words, product);
                }
            }
        }
    }

    private void widen(boolean isFirst) {
        for (int m = 0; m < rows; m++) {
            for (int v = 0; v < VECTORS; v++) {
                widen(v, m, isFirst ? integer(v, m) : words(v, m), isFirst);
            }
        }
    }

    private void widen(int vector, int row, int words, boolean isFirst) {
        int integer = integer(vector, row);
        Address ones = at(R13, EmittedPanel.ONES);
        asm.op(Op.VPMADDWD, isFirst ? integer : words, words, ones);
        if (!isFirst) {
            asm.op(Op.VPADDD, integer, integer, words);
        }
    }

    // The activations take the signs of the codes, and meet their magnitudes.
    private void signedProducts(int column, boolean isFirst) {
        for (int v = 0; v < VECTORS; v++) {
            asm.op(Op.VMOVUPS, CODES + v, 0, codes(v, column));
            asm.op(Op.VPABSB, MAGNITUDES + v, 0, CODES + v);
        }
        for (int m = 0; m < rows; m++) {
            asm.op(Op.VPBROADCASTD, ALL, 0, activations(m, column));
            for (int v = 0; v < VECTORS; v++) {
                asm.op(Op.VPSIGNB, PRODUCT, ALL, CODES + v);
                asm.op(Op.VPMADDUBSW, WORDS + v, MAGNITUDES + v, PRODUCT);
                widen(v, m, WORDS + v, isFirst);
            }
        }
    }
}

package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.RCX;

import tramontane.tensor.DType;

/**
 * {@link PanelTileCode} for unsigned codes with byte dot products of 512 bits.
 *
 * <pre>
 * registers 0 to 11 F, 12 to 23 I, 24 and 25 codes, 26 and 27 scales
 * </pre>
 */
final class VnniTileCode extends PanelTileCode {
    private static final int MAX_ROWS = 6;

    /** Mask register of the lanes whose sums continue those in the output. */
    private static final int CONTINUED = 1;

    private static final int CODES = 24;
    private static final int NUMBERS = 26;
    private static final int ALL = 28;
    private static final int PRODUCT = 29;

    private VnniTileCode(DType dtype, PanelKind kind, int height) {
        super(
                new Assembler(512),
                dtype,
                kind,
                height,
                MAX_ROWS,
                new Registers(NUMBERS, ALL, PRODUCT));
    }

    static byte[] emit(DType dtype, PanelKind kind, int height) {
        return new VnniTileCode(dtype, kind, height).code();
    }

    @Override
    void start() {
        asm.moveToMask(CONTINUED, RCX);
    }

    @Override
    int sum(int vector, int row) {
        return vector * MAX_ROWS + row;
    }

    @Override
    int integer(int vector, int row) {
        return (2 + vector) * MAX_ROWS + row;
    }

    @Override
    void loadSums() {
        forEachSum((sum, address) -> asm.loadZeroing(sum, address, CONTINUED));
    }

    @Override
    void integers(int first, int end, int start) {
        for (int m = 0; m < rows; m++) {
            for (int v = 0; v < VECTORS; v++) {
                if (start == 0) {
                    asm.op(Op.VPXOR, integer(v, m), integer(v, m), integer(v, m));
                } else {
                    asm.op(Op.VPBROADCASTD, integer(v, m), 0, field(start, m));
                }
            }
        }
        for (int column = first; column < end; column += 4) {
            for (int v = 0; v < VECTORS; v++) {
                asm.op(Op.VMOVUPS, CODES + v, 0, codes(v, column));
            }
            for (int m = 0; m < rows; m++) {
                asm.op(Op.VPBROADCASTD, ALL, 0, activations(m, column));
                for (int v = 0; v < VECTORS; v++) {
                    asm.op(Op.VPDPBUSD, integer(v, m), CODES + v, ALL);
                }
            }
        }
    }
}

package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RSI;

/** {@link QuantizeCode} with vectors of 256 bits: a block is registers 0 to 3. */
final class Avx2Quantize extends QuantizeCode {
    private static final int VECTORS = 4;

    private Avx2Quantize() {
        super(256);
    }

    static byte[] emit() {
        return new Avx2Quantize().code();
    }

    @Override
    void constants() {}

    @Override
    void magnitude() {
        for (int v = 0; v < VECTORS; v++) {
            asm.op(Op.VMOVUPS, v, 0, at(RDI, 32 * v));
            asm.op(Op.VPAND, v == 0 ? MAX : OTHER, v, MAGNITUDE_MASK);
            if (v > 0) {
                asm.op(Op.VMAXPS, MAX, MAX, OTHER);
            }
        }
        asm.op(Op.VEXTRACTI32X4, MAX, 0, OTHER, 1);
        asm.width(128);
        asm.op(Op.VMAXPS, MAX, MAX, OTHER);
        for (int swap : new int[] {SWAP_HALVES, SWAP_NEIGHBOURS}) {
            asm.op(Op.VPSHUFD, OTHER, 0, MAX, swap);
            asm.op(Op.VMAXPS, MAX, MAX, OTHER);
        }
    }

    @Override
    void scales() {
        asm.op(Op.VCMPPS, OTHER, MAX, TINY, GREATER_OR_EQUAL);
        asm.op(Op.VDIVPS, SCALE, MAX, MAX_CODE);
        asm.op(Op.VDIVPS, INVERSE, MAX_CODE, MAX);
        asm.op(Op.VPAND, SCALE, SCALE, OTHER);
        asm.op(Op.VPAND, INVERSE, INVERSE, OTHER);
    }

    // The pack instructions work within 128 bits: four of eight values end up in each half of a
    // register, and the unpack instructions at the end put them together.
    @Override
    void values() {
        for (int v = 0; v < VECTORS; v++) {
            asm.op(Op.VMULPS, v, v, INVERSE);
            asm.op(Op.VCVTPS2DQ, v, 0, v);
        }
        addHalves(FIRST_SUM, 0, 1);
        addHalves(LAST_SUM, 2, 3);
        asm.op(Op.VPACKSSDW, 0, 0, 1);
        asm.op(Op.VPACKSSDW, 2, 2, 3);
        asm.op(Op.VPACKSSWB, 0, 0, 2);
        asm.op(Op.VEXTRACTI32X4, 0, 0, 1, 1);
        asm.width(128);
        asm.op(Op.VPUNPCKLDQ, 2, 0, 1);
        asm.op(Op.VPUNPCKHDQ, 3, 0, 1);
        asm.op(Op.VMOVUPS_STORE, 2, 0, at(RSI, 0));
        asm.op(Op.VMOVUPS_STORE, 3, 0, at(RSI, 16));
    }

    private void addHalves(int sum, int first, int second) {
        asm.op(Op.VPADDD, sum, first, second);
        asm.op(Op.VEXTRACTI32X4, sum, 0, OTHER, 1);
        asm.op(Op.VPADDD, sum, sum, OTHER);
    }
}

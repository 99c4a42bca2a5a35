package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RSI;

/** {@link QuantizeCode} with vectors of 512 bits: a block is two registers. */
final class Avx512Quantize extends QuantizeCode {
    private static final int FIRST = 0;
    private static final int LAST = 1;
    private static final int[] BYTES = {2, 3};
    private static final int ONES = 16;

    private static final int NOT_TINY = 1;

    private Avx512Quantize() {
        super(512);
    }

    static byte[] emit() {
        return new Avx512Quantize().code();
    }

    @Override
    void constants() {
        asm.broadcastConstant(ONES, 0x01010101);
    }

    @Override
    void magnitude() {
        asm.op(Op.VMOVUPS, FIRST, 0, at(RDI, 0));
        asm.op(Op.VMOVUPS, LAST, 0, at(RDI, 64));
        asm.op(Op.VPAND, MAX, FIRST, MAGNITUDE_MASK);
        asm.op(Op.VPAND, OTHER, LAST, MAGNITUDE_MASK);
        asm.op(Op.VMAXPS, MAX, MAX, OTHER);
        for (int swap : new int[] {SWAP_HALVES, SWAP_NEIGHBOURS}) {
            asm.op(Op.VSHUFF32X4, OTHER, MAX, MAX, swap);
            asm.op(Op.VMAXPS, MAX, MAX, OTHER);
        }
        for (int swap : new int[] {SWAP_HALVES, SWAP_NEIGHBOURS}) {
            asm.op(Op.VPSHUFD, OTHER, 0, MAX, swap);
            asm.op(Op.VMAXPS, MAX, MAX, OTHER);
        }
    }

    @Override
    void scales() {
        asm.op(Op.VCMPPS, NOT_TINY, MAX, TINY, GREATER_OR_EQUAL);
        asm.opZeroing(Op.VDIVPS, SCALE, MAX, MAX_CODE, NOT_TINY);
        asm.opZeroing(Op.VDIVPS, INVERSE, MAX_CODE, MAX, NOT_TINY);
    }

    @Override
    void values() {
        int[] sums = {FIRST_SUM, LAST_SUM};
        for (int half = 0; half < 2; half++) {
            int values = half == 0 ? FIRST : LAST;
            asm.width(512);
            asm.op(Op.VMULPS, values, values, INVERSE);
            asm.op(Op.VCVTPS2DQ, values, 0, values);
            asm.op(Op.VPMOVDB, values, 0, BYTES[half]);
        }
        asm.width(128);
        for (int half = 0; half < 2; half++) {
            asm.op(Op.VMOVUPS_STORE, BYTES[half], 0, at(RSI, 16 * half));
            asm.op(Op.VPXOR, sums[half], sums[half], sums[half]);
            asm.op(Op.VPDPBUSD, sums[half], ONES, BYTES[half]);
        }
    }
}

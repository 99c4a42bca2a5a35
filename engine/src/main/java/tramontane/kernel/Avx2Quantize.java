package tramontane.kernel;

import static tramontane.kernel.Assembler.Address.at;
import static tramontane.kernel.Assembler.R8;
import static tramontane.kernel.Assembler.R9;
import static tramontane.kernel.Assembler.RAX;
import static tramontane.kernel.Assembler.RCX;
import static tramontane.kernel.Assembler.RDI;
import static tramontane.kernel.Assembler.RDX;
import static tramontane.kernel.Assembler.RSI;

import tramontane.kernel.Assembler.Shift;

/** As {@link Avx512Quantize}, with vectors of 256 bits: a block is registers 0 to 3. */
final class Avx2Quantize {
    private static final int VECTORS = 4;
    private static final int MAX = 4;
    private static final int OTHER = 5;
    private static final int SCALE = 6;
    private static final int INVERSE = 7;
    private static final int SUM = 8;
    private static final int FIRST_SUM = 9;
    private static final int LAST_SUM = 10;
    private static final int NEGATIVE = 11;
    private static final int ZERO = 12;
    private static final int MAGNITUDE_MASK = 13;
    private static final int TINY = 14;
    private static final int LARGEST = 15;

    private static final int GREATER_OR_EQUAL = 0x1D;
    private static final int SWAP_HALVES = 0x4E;
    private static final int SWAP_NEIGHBOURS = 0xB1;

    private final Assembler asm = new Assembler(256);

    private Avx2Quantize() {}

    static byte[] emit() {
        Avx2Quantize quantize = new Avx2Quantize();
        quantize.loop();
        return quantize.asm.code();
    }

    private void loop() {
        asm.broadcastConstant(MAGNITUDE_MASK, 0x7FFFFFFF);
        asm.broadcastConstant(TINY, Float.floatToIntBits(Activations.TINY));
        asm.broadcastConstant(LARGEST, Float.floatToIntBits(127));
        asm.op(Op.VPXOR, ZERO, ZERO, ZERO);
        int block = asm.here();
        magnitude();
        scales();
        values();
        fields();
        asm.addImmediate(RDI, 128);
        asm.add(RSI, R8);
        asm.add(RDX, R8);
        asm.decrement(RCX);
        asm.jumpIfNotZero(block);
        asm.returnToCaller();
    }

    // All four lanes of the lower half of MAX become the largest magnitude.
    private void magnitude() {
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

    private void scales() {
        asm.op(Op.VCMPPS, OTHER, MAX, TINY, GREATER_OR_EQUAL);
        asm.op(Op.VDIVPS, SCALE, MAX, LARGEST);
        asm.op(Op.VDIVPS, INVERSE, LARGEST, MAX);
        asm.op(Op.VPAND, SCALE, SCALE, OTHER);
        asm.op(Op.VPAND, INVERSE, INVERSE, OTHER);
        asm.width(256);
        asm.op(Op.VBROADCASTSS, INVERSE, 0, INVERSE);
    }

    // Packing works within 128 bits, so eight values end up four in each half and are put together
    // last.
    private void values() {
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

    // Four partial sums of each half become their two sums, side by side, and then one.
    private void fields() {
        asm.op(Op.VPUNPCKLDQ, SUM, FIRST_SUM, LAST_SUM);
        asm.op(Op.VPUNPCKHDQ, OTHER, FIRST_SUM, LAST_SUM);
        asm.op(Op.VPADDD, SUM, SUM, OTHER);
        asm.op(Op.VPSHUFD, OTHER, 0, SUM, SWAP_HALVES);
        asm.op(Op.VPADDD, FIRST_SUM, SUM, OTHER);
        asm.op(Op.VPSHUFD, OTHER, 0, FIRST_SUM, SWAP_NEIGHBOURS);
        asm.op(Op.VPADDD, SUM, FIRST_SUM, OTHER);
        asm.move(RAX, RDX);
        store(SCALE);
        asm.op(Op.VCVTDQ2PS, OTHER, 0, SUM);
        asm.op(Op.VMULPS, OTHER, OTHER, SCALE);
        store(OTHER);
        asm.op(Op.VPSUBD, NEGATIVE, ZERO, SUM);
        for (int factorLog : new int[] {3, 4, 7}) {
            asm.shift(Shift.INTS_LEFT, OTHER, NEGATIVE, factorLog);
            store(OTHER);
        }
        asm.op(Op.VPSUBD, NEGATIVE, ZERO, FIRST_SUM);
        asm.shift(Shift.INTS_LEFT, NEGATIVE, NEGATIVE, 5);
        store(NEGATIVE);
        asm.op(Op.VPEXTRD, NEGATIVE, 0, at(RAX, 0), 1);
        asm.width(256);
    }

    private void store(int register) {
        asm.op(Op.VMOVD_STORE, register, 0, at(RAX, 0));
        asm.add(RAX, R9);
    }
}

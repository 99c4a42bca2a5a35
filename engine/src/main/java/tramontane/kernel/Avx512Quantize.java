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

/**
 * Emits the int8 form of one row of activations.
 *
 * <pre>
 * void kernel(fp32 row, its int8 in the first block, its scale in the first block, blocks,
 *             bytes from one block of the tile to the next, bytes from one field to the next)
 * </pre>
 */
final class Avx512Quantize {
    private static final int FIRST = 0;
    private static final int LAST = 1;
    private static final int MAX = 2;
    private static final int OTHER = 3;
    private static final int SCALE = 4;
    private static final int INVERSE = 5;
    private static final int FIRST_SUM = 6;
    private static final int LAST_SUM = 7;
    private static final int SUM = 8;
    private static final int NEGATIVE = 9;
    private static final int[] BYTES = {10, 11};
    private static final int MAGNITUDE_MASK = 16;
    private static final int TINY = 17;
    private static final int LARGEST = 18;
    private static final int ONES = 19;
    private static final int ZERO = 20;

    private static final int NOT_TINY = 1;
    private static final int GREATER_OR_EQUAL = 0x1D;
    private static final int SWAP_HALVES = 0x4E;
    private static final int SWAP_NEIGHBOURS = 0xB1;

    private final Assembler asm = new Assembler(512);

    private Avx512Quantize() {}

    static byte[] emit() {
        Avx512Quantize quantize = new Avx512Quantize();
        quantize.loop();
        return quantize.asm.code();
    }

    private void loop() {
        asm.broadcastConstant(MAGNITUDE_MASK, 0x7FFFFFFF);
        asm.broadcastConstant(TINY, Float.floatToIntBits(Activations.TINY));
        asm.broadcastConstant(LARGEST, Float.floatToIntBits(127));
        asm.broadcastConstant(ONES, 0x01010101);
        asm.op(Op.VPXOR, ZERO, ZERO, ZERO);
        int block = asm.here();
        asm.width(512);
        asm.op(Op.VMOVUPS, FIRST, 0, at(RDI, 0));
        asm.op(Op.VMOVUPS, LAST, 0, at(RDI, 64));
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

    // All lanes of MAX become the largest magnitude.
    private void magnitude() {
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

    // Four lanes are divided, not sixteen: a wide division takes three times as long.
    private void scales() {
        asm.width(128);
        asm.op(Op.VCMPPS, NOT_TINY, MAX, TINY, GREATER_OR_EQUAL);
        asm.opZeroing(Op.VDIVPS, SCALE, MAX, LARGEST, NOT_TINY);
        asm.opZeroing(Op.VDIVPS, INVERSE, LARGEST, MAX, NOT_TINY);
        asm.width(512);
        asm.op(Op.VBROADCASTSS, INVERSE, 0, INVERSE);
    }

    private void values() {
        int[] sums = {FIRST_SUM, LAST_SUM};
        for (int half = 0; half < 2; half++) {
            int values = half == 0 ? FIRST : LAST;
            asm.width(512);
            asm.op(Op.VMULPS, values, values, INVERSE);
            asm.op(Op.VCVTPS2DQ, values, 0, values);
            asm.op(Op.VPMOVDB, values, 0, BYTES[half]);
            asm.width(128);
        }
        for (int half = 0; half < 2; half++) {
            asm.op(Op.VMOVUPS_STORE, BYTES[half], 0, at(RSI, 16 * half));
            asm.op(Op.VPXOR, sums[half], sums[half], sums[half]);
            asm.op(Op.VPDPBUSD, sums[half], ONES, BYTES[half]);
        }
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
    }

    private void store(int register) {
        asm.op(Op.VMOVD_STORE, register, 0, at(RAX, 0));
        asm.add(RAX, R9);
    }
}

package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.R8;
import static tramontane.kernel.x86.Assembler.R9;
import static tramontane.kernel.x86.Assembler.RAX;
import static tramontane.kernel.x86.Assembler.RCX;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RDX;
import static tramontane.kernel.x86.Assembler.RSI;

import tramontane.kernel.Activations;
import tramontane.kernel.x86.Assembler.Shift;

/**
 * Emits the int8 form of one row of activations, as drawn at {@link Activations}. The subclasses
 * differ in how many values a vector register holds.
 *
 * <pre>
 * void kernel(fp32 row, its int8 in the first block, its scale in the first block, blocks,
 *             bytes from one block of the tile to the next, bytes from one field to the next)
 *
 * for each block of 32 values
 *   MAX = max|x|                              all lanes equal
 *   SCALE = MAX / 127, INVERSE = 127 / MAX    both 0 if MAX is below TINY
 *   store rint(x * INVERSE)                   FIRST_SUM, LAST_SUM: four partial sums of each half
 *   store the seven fields of the block
 * </pre>
 */
abstract sealed class QuantizeCode permits Avx2Quantize, Avx512Quantize {
    // Registers 0 to 3 belong to the subclass.
    static final int MAX = 4;
    static final int OTHER = 5;
    static final int SCALE = 6;
    static final int INVERSE = 7;
    private static final int SUM = 8;
    static final int FIRST_SUM = 9;
    static final int LAST_SUM = 10;
    private static final int NEGATIVE = 11;
    private static final int ZERO = 12;
    static final int MAGNITUDE_MASK = 13;
    static final int TINY = 14;
    static final int MAX_CODE = 15;

    static final int GREATER_OR_EQUAL = 0x1D;
    static final int SWAP_HALVES = 0x4E;
    static final int SWAP_NEIGHBOURS = 0xB1;

    final Assembler asm;
    private final int bits;

    QuantizeCode(int bits) {
        this.bits = bits;
        asm = new Assembler(bits);
    }

    final byte[] code() {
        asm.broadcastConstant(MAGNITUDE_MASK, 0x7FFFFFFF);
        asm.broadcastConstant(TINY, Float.floatToIntBits(Activations.TINY));
        asm.broadcastConstant(MAX_CODE, Float.floatToIntBits(127));
        asm.op(Op.VPXOR, ZERO, ZERO, ZERO);
        constants();
        int block = asm.here();
        asm.width(bits);
        magnitude();
        asm.width(128);
        scales();
        asm.width(bits);
        asm.op(Op.VBROADCASTSS, INVERSE, 0, INVERSE);
        values();
        asm.width(128);
        fields();
        asm.addImmediate(RDI, 128);
        asm.add(RSI, R8);
        asm.add(RDX, R8);
        asm.decrement(RCX);
        asm.jumpIfNotZero(block);
        asm.returnToCaller();
        return asm.code();
    }

    /** Loads further constants, once before the loop. */
    abstract void constants();

    /** Reads the block at RDI; the lower four lanes of MAX become the largest magnitude. */
    abstract void magnitude();

    /** Sets the lower lane of SCALE and INVERSE, at 128 bits: wide divisions take longer. */
    abstract void scales();

    /**
     * Rounds the values, stores their bytes at RSI and leaves four partial sums of each half in
     * FIRST_SUM and LAST_SUM.
     */
    abstract void values();

    // The partial sums of both halves become their two sums, side by side, and then one sum.
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

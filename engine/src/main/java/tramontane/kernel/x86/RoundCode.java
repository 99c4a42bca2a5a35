package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.R10;
import static tramontane.kernel.x86.Assembler.R11;
import static tramontane.kernel.x86.Assembler.R8;
import static tramontane.kernel.x86.Assembler.R9;
import static tramontane.kernel.x86.Assembler.RAX;
import static tramontane.kernel.x86.Assembler.RCX;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RDX;
import static tramontane.kernel.x86.Assembler.RSI;
import static tramontane.kernel.x86.Assembler.RSP;

import tramontane.kernel.Bfloat16;
import tramontane.kernel.x86.Assembler.Shift;

/**
 * Emits the rounding of rows of fp32 to bf16, in blocks of 32 columns.
 *
 * <pre>
 * void kernel(fp32 rows, out, blocks, bytes from one block of out to the next, rows, bytes from one row to the next, of out)
 *
 * for each row
 *   for each block: out = bf16 of 32 values, as fp32 or in 16 bits
 * </pre>
 *
 * Quads are 16 bits in the order that VDPBF16PS needs: columns 4j and 4j + 2 in a lane, 4j + 1 and
 * 4j + 3 in the next one.
 */
final class RoundCode {
    private static final int VALUE = 0;
    private static final int KEPT = 1;
    private static final int ROUNDED = 2;
    private static final int MAGNITUDE_MASK = 3;
    private static final int MIN = 4;
    private static final int ONE = 5;
    private static final int BELOW_HALF = 6;
    private static final int UPPER_HALF = 7;

    /** Bytes of two columns of a group. */
    private static final int LINE = 64;

    private static final int PAIRS = 8;
    private static final int LOWER = 9;

    private static final int GREATER_OR_EQUAL = 0x1D;

    /** For each 128 bits: two of the first operand, then two of the second. */
    private static final int FIRST_HALVES = 0x44;

    private static final int LAST_HALVES = 0xEE;

    /** For each 128 bits: the even elements of the first operand, then of the second. */
    private static final int EVEN_ELEMENTS = 0x88;

    private static final int ODD_ELEMENTS = 0xDD;

    private enum Result {
        FP32,
        BF16,
        QUADS
    }

    private final Assembler asm;

    private RoundCode(int bits) {
        asm = new Assembler(bits);
    }

    /** Results of 32 bits. */
    static byte[] toFp32(int bits) {
        RoundCode code = new RoundCode(bits);
        code.loop(Result.FP32);
        return code.asm.code();
    }

    /** Results of 16 bits, with vectors of 512 bits. */
    static byte[] toBf16() {
        RoundCode code = new RoundCode(512);
        code.loop(Result.BF16);
        return code.asm.code();
    }

    /** Results of 16 bits in the order of VDPBF16PS, with vectors of 512 bits. */
    static byte[] toQuads() {
        RoundCode code = new RoundCode(512);
        code.loop(Result.QUADS);
        return code.asm.code();
    }

    /**
     * A row of BF16_PAIRS, with vectors of 512 bits.
     *
     * <pre>
     * void kernel(fp32 row, pairs of the row, blocks)
     *
     * for each block of 32 columns, for each of its 16 pairs: 32 bits in a line of the group
     * </pre>
     */
    static byte[] toPairsOfRow() {
        RoundCode code = new RoundCode(512);
        code.pairsOfRow();
        return code.asm.code();
    }

    /**
     * Two columns of BF16_PAIRS, with vectors of 512 bits.
     *
     * <pre>
     * void kernel(fp32 of the even column, fp32 of the odd column, their line in a group, groups, bytes of a group)
     *
     * for each group: line = upper halves of 16 rounded values of both
     * </pre>
     */
    static byte[] toPairsOfColumns() {
        RoundCode code = new RoundCode(512);
        code.pairsOfColumns();
        return code.asm.code();
    }

    /** Bytes from the start of a block to columns 4 quad, 4 quad + 2 of {@link #toQuads}. */
    static int quadOffset(int quad) {
        int quads = Bfloat16.BLOCK / 4;
        return quad < quads / 2 ? 16 * quad : 16 * (quad - quads / 2) + 8;
    }

    private void constants() {
        asm.broadcastConstant(MAGNITUDE_MASK, 0x7FFFFFFF);
        asm.broadcastConstant(MIN, Float.floatToIntBits(Bfloat16.MIN));
        asm.broadcastConstant(ONE, 1);
        asm.broadcastConstant(BELOW_HALF, 0x7FFF);
        asm.broadcastConstant(UPPER_HALF, 0xFFFF0000);
    }

    private void loop(Result result) {
        constants();
        asm.load(RAX, at(RSP, 8));
        int row = asm.here();
        asm.move(R10, RDI);
        asm.move(R11, RSI);
        asm.push(RDX);
        int block = asm.here();
        switch (result) {
            case FP32 -> blockToFp32();
            case BF16 -> blockToBf16();
            case QUADS -> blockToQuads();
        }
        asm.addImmediate(R10, 4 * Bfloat16.BLOCK);
        asm.add(R11, RCX);
        asm.decrement(RDX);
        asm.jumpIfNotZero(block);
        asm.pop(RDX);
        asm.add(RDI, R9);
        asm.add(RSI, RAX);
        asm.decrement(R8);
        asm.jumpIfNotZero(row);
        asm.returnToCaller();
    }

    private void blockToFp32() {
        for (int sixteen = 0; sixteen < 2; sixteen++) {
            for (int offset : asm.lanesOffsets()) {
                round(64 * sixteen + offset);
                asm.op(Op.VMOVUPS_STORE, ROUNDED, 0, at(R11, 64 * sixteen + offset));
            }
        }
    }

    private void blockToBf16() {
        for (int sixteen = 0; sixteen < 2; sixteen++) {
            round(64 * sixteen);
            asm.shift(Shift.INTS_RIGHT, ROUNDED, ROUNDED, 16);
            asm.op(Op.VPMOVDW, ROUNDED, 0, at(R11, 32 * sixteen));
        }
    }

    private void blockToQuads() {
        roundInPairs(LAST_HALVES, FIRST_HALVES);
        asm.op(Op.VMOVUPS_STORE, PAIRS, 0, at(R11, 0));
    }

    /**
     * Rounds 32 values and leaves them in PAIRS, two in a lane.
     *
     * @param lower selects the values of the lower halves from both sixteens
     * @param upper selects those of the upper halves
     */
    private void roundInPairs(int lower, int upper) {
        round(0);
        asm.op(Op.VPOR, PAIRS, ROUNDED, ROUNDED);
        round(64);
        asm.op(Op.VSHUFPS, LOWER, PAIRS, ROUNDED, lower);
        asm.op(Op.VSHUFPS, PAIRS, PAIRS, ROUNDED, upper);
        asm.shift(Shift.INTS_RIGHT, LOWER, LOWER, 16);
        asm.op(Op.VPOR, PAIRS, PAIRS, LOWER);
    }

    private void pairsOfRow() {
        constants();
        asm.move(R10, RDI);
        int block = asm.here();
        roundInPairs(EVEN_ELEMENTS, ODD_ELEMENTS);
        for (int quarter = 0; quarter < 4; quarter++) {
            // Two pairs of the first sixteen columns, then two of the others.
            asm.width(512);
            asm.op(Op.VEXTRACTI32X4, PAIRS, 0, LOWER, quarter);
            asm.width(128);
            int first = LINE * 2 * quarter;
            asm.op(Op.VMOVD_STORE, LOWER, 0, at(RSI, first));
            asm.op(Op.VPEXTRD, LOWER, 0, at(RSI, first + LINE), 1);
            asm.op(Op.VPEXTRD, LOWER, 0, at(RSI, first + 8 * LINE), 2);
            asm.op(Op.VPEXTRD, LOWER, 0, at(RSI, first + 9 * LINE), 3);
        }
        asm.width(512);
        asm.addImmediate(R10, 4 * Bfloat16.BLOCK);
        asm.addImmediate(RSI, LINE * Bfloat16.BLOCK / 2);
        asm.decrement(RDX);
        asm.jumpIfNotZero(block);
        asm.returnToCaller();
    }

    private void pairsOfColumns() {
        constants();
        int group = asm.here();
        asm.move(R10, RDI);
        round(0);
        asm.shift(Shift.INTS_RIGHT, PAIRS, ROUNDED, 16);
        asm.move(R10, RSI);
        round(0);
        asm.op(Op.VPOR, PAIRS, PAIRS, ROUNDED);
        asm.op(Op.VMOVUPS_STORE, PAIRS, 0, at(RDX, 0));
        asm.addImmediate(RDI, LINE);
        asm.addImmediate(RSI, LINE);
        asm.add(RDX, R8);
        asm.decrement(RCX);
        asm.jumpIfNotZero(group);
        asm.returnToCaller();
    }

    private void round(int offset) {
        asm.op(Op.VMOVUPS, VALUE, 0, at(R10, offset));
        asm.shift(Shift.INTS_RIGHT, ROUNDED, VALUE, 16);
        asm.op(Op.VPAND, ROUNDED, ROUNDED, ONE);
        asm.op(Op.VPADDD, ROUNDED, ROUNDED, BELOW_HALF);
        asm.op(Op.VPADDD, ROUNDED, ROUNDED, VALUE);
        asm.op(Op.VPAND, VALUE, VALUE, MAGNITUDE_MASK);
        asm.op(Op.VCMPPS, KEPT, VALUE, MIN, GREATER_OR_EQUAL);
        if (asm.isWide()) {
            asm.opZeroing(Op.VPAND, ROUNDED, ROUNDED, UPPER_HALF, KEPT);
        } else {
            asm.op(Op.VPAND, ROUNDED, ROUNDED, UPPER_HALF);
            asm.op(Op.VPAND, ROUNDED, ROUNDED, KEPT);
        }
    }
}

package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.R13;
import static tramontane.kernel.x86.Assembler.R9;
import static tramontane.kernel.x86.Assembler.RBP;
import static tramontane.kernel.x86.Assembler.RCX;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RDX;

import tramontane.kernel.Bfloat16;
import tramontane.kernel.x86.Assembler.Shift;

/**
 * Emits the products of bf16 for {@code height} rows of activations, with fp32 instructions. The
 * activations are bf16 numbers in fp32, and the length of a row is its blocks.
 *
 * <pre>
 * half:  out = 0
 *        for each block of 32 columns
 *          E[0..h) = O[0..h) = 0
 *          for each pair of columns: E[m] = fma(W even, row[m][k], E[m]), O[m] = fma(W odd, row[m][k + 1], O[m])
 *          out[m] += E[m] + O[m]
 * </pre>
 */
final class PairMatmulCode extends FloatRowsCode {
    /** Bytes of a pair of columns of a group. */
    private static final int LINE = 64;

    private static final int PREFETCH_BYTES = 4096;

    // Vector registers: even sums, odd sums, then these.
    private final int even;
    private final int odd;
    private final int upperHalf;
    private final int broadcast;

    private PairMatmulCode(int bits, int height) {
        super(bits, height);
        even = 2 * height;
        odd = even + 1;
        upperHalf = even + 2;
        broadcast = even + 3;
    }

    static byte[] emit(InstructionSet set, int height) {
        return new PairMatmulCode(set.bits(), height).code();
    }

    @Override
    void start() {
        asm.broadcastConstant(upperHalf, 0xFFFF0000);
    }

    @Override
    void half(int half) {
        asm.op(Op.VPXOR, 0, 0, 0);
        asm.address(R13, at(RDX, 32 * half));
        for (int m = 0; m < height; m++) {
            asm.op(Op.VMOVUPS_STORE, 0, 0, at(R13, 0));
            asm.add(R13, R9);
        }
        asm.move(RBP, RCX);
        int block = asm.here();
        for (int sum = 0; sum < 2 * height; sum++) {
            asm.op(Op.VPXOR, sum, sum, sum);
        }
        for (int pair = 0; pair < Bfloat16.BLOCK / 2; pair++) {
            pair(half, pair);
        }
        addBlock(half);
        asm.addImmediate(RDI, Bfloat16.BLOCK / 2 * LINE);
        advanceRows(4 * Bfloat16.BLOCK);
        asm.decrement(RBP);
        asm.jumpIfNotZero(block);
    }

    private void pair(int half, int pair) {
        asm.prefetch(RDI, PREFETCH_BYTES + LINE * pair);
        asm.op(Op.VMOVUPS, odd, 0, at(RDI, LINE * pair + 32 * half));
        asm.shift(Shift.INTS_LEFT, even, odd, 16);
        asm.op(Op.VPAND, odd, odd, upperHalf);
        for (int m = 0; m < height; m++) {
            addProduct(m, even, m, 8 * pair, broadcast);
            addProduct(height + m, odd, m, 8 * pair + 4, broadcast);
        }
    }

    private void addBlock(int half) {
        asm.address(R13, at(RDX, 32 * half));
        for (int m = 0; m < height; m++) {
            asm.op(Op.VADDPS, m, m, height + m);
            asm.op(Op.VADDPS, m, m, at(R13, 0));
            asm.op(Op.VMOVUPS_STORE, m, 0, at(R13, 0));
            asm.add(R13, R9);
        }
    }
}

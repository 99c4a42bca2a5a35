package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.R13;
import static tramontane.kernel.x86.Assembler.R9;
import static tramontane.kernel.x86.Assembler.RBP;
import static tramontane.kernel.x86.Assembler.RCX;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RDX;

import tramontane.kernel.Bfloat16;

/**
 * What the emitters of products of bf16 without AMX have in common: the blocks of 32 columns. The
 * length of a row is its blocks.
 *
 * <pre>
 * half:  out = 0
 *        for each block of 32 columns
 *          E[0..h) = O[0..h) = 0
 *          products
 *          out[m] += E[m] + O[m]
 * </pre>
 *
 * Vector registers: h even sums, h odd sums, then those of the products.
 */
abstract sealed class PairRowsCode extends FloatRowsCode permits PairMatmulCode, DotPairCode {
    /** Bytes of a pair of columns of a group. */
    static final int LINE = 64;

    static final int PREFETCH_BYTES = 4096;

    private final int rowBlockBytes;

    /**
     * @param rowBlockBytes bytes of a block of a row of activations
     */
    PairRowsCode(int bits, int height, int rowBlockBytes) {
        super(bits, height);
        this.rowBlockBytes = rowBlockBytes;
    }

    /** Adds the products of a block, whose weights are at RDI, to even and odd sums. */
    abstract void products(int half);

    @Override
    final void half(int half) {
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
        products(half);
        addBlock(half);
        asm.addImmediate(RDI, Bfloat16.BLOCK / 2 * LINE);
        advanceRows(rowBlockBytes);
        asm.decrement(RBP);
        asm.jumpIfNotZero(block);
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

package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.R13;
import static tramontane.kernel.x86.Assembler.R9;
import static tramontane.kernel.x86.Assembler.RBP;
import static tramontane.kernel.x86.Assembler.RCX;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RDX;

import tramontane.kernel.Bfloat16;
import tramontane.kernel.x86.Assembler.Address;

/**
 * What the emitters of products of bf16 without AMX have in common: the blocks of 32 columns. The
 * length of a row is its blocks.
 *
 * <pre>
 * out = 0
 * for each block of 32 columns
 *   E[0..h) = O[0..h) = 0
 *   products
 *   out[m] += E[m] + O[m]
 * </pre>
 *
 * Vector registers: h even sums, h odd sums, with 256 bits the same for the other 8 rows of
 * weights, then those of the products.
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
    abstract void products();

    /** The vectors of 16 rows are computed together, so that they share an activation. */
    @Override
    final int halves() {
        return 1;
    }

    /** The vectors that hold 16 rows. */
    final int vectors() {
        return 512 / bits;
    }

    final int even(int vector, int row) {
        return 2 * height * vector + row;
    }

    final int odd(int vector, int row) {
        return even(vector, row) + height;
    }

    @Override
    final void half(int half) {
        asm.op(Op.VPXOR, 0, 0, 0);
        forEachOutput((vector, row) -> {
            asm.op(Op.VMOVUPS_STORE, 0, 0, output(vector));
        });
        asm.move(RBP, RCX);
        int block = asm.here();
        for (int sum = 0; sum < 2 * height * vectors(); sum++) {
            asm.op(Op.VPXOR, sum, sum, sum);
        }
        products();
        forEachOutput((vector, row) -> {
            int sum = even(vector, row);
            asm.op(Op.VADDPS, sum, sum, odd(vector, row));
            asm.op(Op.VADDPS, sum, sum, output(vector));
            asm.op(Op.VMOVUPS_STORE, sum, 0, output(vector));
        });
        asm.addImmediate(RDI, Bfloat16.BLOCK / 2 * LINE);
        advanceRows(rowBlockBytes);
        asm.decrement(RBP);
        asm.jumpIfNotZero(block);
    }

    @FunctionalInterface
    private interface OutputCode {
        void emit(int vector, int row);
    }

    // R13 points to the outputs of a row.
    private void forEachOutput(OutputCode code) {
        asm.move(R13, RDX);
        for (int m = 0; m < height; m++) {
            for (int v = 0; v < vectors(); v++) {
                code.emit(v, m);
            }
            asm.add(R13, R9);
        }
    }

    private Address output(int vector) {
        return at(R13, bits / 8 * vector);
    }
}

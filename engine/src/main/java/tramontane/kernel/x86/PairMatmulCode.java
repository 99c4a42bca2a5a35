package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.RDI;

import tramontane.kernel.Bfloat16;
import tramontane.kernel.x86.Assembler.Shift;

/**
 * Emits the products of bf16 for {@code height} rows of activations, with fp32 instructions. The
 * activations are bf16 numbers in fp32.
 *
 * <pre>
 * products:  for each pair of columns: E[m] = fma(W even, row[m][k], E[m]), O[m] = fma(W odd, row[m][k + 1], O[m])
 * </pre>
 */
final class PairMatmulCode extends PairRowsCode {
    // Vector registers: even and odd weights of each vector, then these.
    private final int weights;
    private final int upperHalf;
    private final int broadcast;

    private PairMatmulCode(int bits, int height) {
        super(bits, height, 4 * Bfloat16.BLOCK);
        weights = 2 * height * vectors();
        upperHalf = weights + 2 * vectors();
        broadcast = upperHalf + 1;
    }

    /** Rows whose sums the registers hold. */
    static int maxRows(InstructionSet set) {
        return set.bits() == 512 ? 12 : 2;
    }

    static byte[] emit(InstructionSet set, int height) {
        return new PairMatmulCode(set.bits(), height).code();
    }

    @Override
    void start() {
        asm.broadcastConstant(upperHalf, 0xFFFF0000);
    }

    @Override
    void products() {
        for (int pair = 0; pair < Bfloat16.BLOCK / 2; pair++) {
            pair(pair);
        }
    }

    private void pair(int pair) {
        asm.prefetch(RDI, PREFETCH_BYTES + LINE * pair);
        for (int v = 0; v < vectors(); v++) {
            int even = weights + 2 * v;
            asm.op(Op.VMOVUPS, even + 1, 0, at(RDI, LINE * pair + 32 * v));
            asm.shift(Shift.INTS_LEFT, even, even + 1, 16);
            asm.op(Op.VPAND, even + 1, even + 1, upperHalf);
        }
        for (int m = 0; m < height; m++) {
            for (int odd = 0; odd < 2; odd++) {
                addProducts(m, odd, 8 * pair + 4 * odd);
            }
        }
    }

    /** The activation at an offset in row m, with the even or odd weights of all vectors. */
    private void addProducts(int m, int odd, int offset) {
        if (vectors() == 1) {
            int sum = odd == 0 ? even(0, m) : odd(0, m);
            addProduct(sum, weights + odd, m, offset, broadcast);
            return;
        }
        asm.op(Op.VBROADCASTSS, broadcast, 0, input(m, offset));
        for (int v = 0; v < vectors(); v++) {
            int sum = odd == 0 ? even(v, m) : odd(v, m);
            asm.op(Op.VFMADD231PS, sum, weights + 2 * v + odd, broadcast);
        }
    }
}

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
    // Vector registers.
    private final int even;
    private final int odd;
    private final int upperHalf;
    private final int broadcast;

    private PairMatmulCode(int bits, int height) {
        super(bits, height, 4 * Bfloat16.BLOCK);
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
    void products(int half) {
        for (int pair = 0; pair < Bfloat16.BLOCK / 2; pair++) {
            pair(half, pair);
        }
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
}

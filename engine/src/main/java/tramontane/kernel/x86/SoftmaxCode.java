package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.R10;
import static tramontane.kernel.x86.Assembler.R11;
import static tramontane.kernel.x86.Assembler.R8;
import static tramontane.kernel.x86.Assembler.RCX;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RDX;
import static tramontane.kernel.x86.Assembler.RSI;

/**
 * Emits the exponentials of the softmax of a row, and their sum.
 *
 * <pre>
 * void kernel(x, sixteens, bits of the scale, constants of exp, sum)
 *
 * MAXIMUM = max(x)                         all lanes
 * OFFSET = -(MAXIMUM * SCALE)
 * for each 16: x = exp(fma(x, SCALE, OFFSET)); SUM += x
 * sum = the tree of the lanes of SUM
 * </pre>
 */
final class SoftmaxCode {
    private static final int SWAP_HALVES = 0x4E;
    private static final int SWAP_NEIGHBOURS = 0xB1;
    private static final int SWAP_128_BITS = 1;

    private static final int X = 0;
    private static final int SUM = 1;

    /** The upper eight lanes with 256 bits. */
    private static final int UPPER_SUM = 2;

    private static final int SCALE = 3;
    private static final int OFFSET = 4;
    private static final int MAXIMUM = 5;
    private static final int EXPONENTIAL = 6;
    private static final int OTHER = 10;

    private final Assembler asm;

    private SoftmaxCode(int bits) {
        asm = new Assembler(bits);
    }

    static byte[] emit(int bits) {
        SoftmaxCode code = new SoftmaxCode(bits);
        code.maximum();
        code.exponentials();
        return code.asm.code();
    }

    private void maximum() {
        int[] offsets = asm.lanesOffsets();
        asm.op(Op.VMOVUPS, MAXIMUM, 0, at(RDI, 0));
        asm.move(R10, RDI);
        asm.move(R11, RSI);
        int sixteen = asm.here();
        for (int offset : offsets) {
            asm.op(Op.VMAXPS, MAXIMUM, MAXIMUM, at(R10, offset));
        }
        asm.addImmediate(R10, 64);
        asm.decrement(R11);
        asm.jumpIfNotZero(sixteen);
        if (asm.isWide()) {
            for (int swap : new int[] {SWAP_HALVES, SWAP_NEIGHBOURS}) {
                asm.op(Op.VSHUFF32X4, OTHER, MAXIMUM, MAXIMUM, swap);
                asm.op(Op.VMAXPS, MAXIMUM, MAXIMUM, OTHER);
            }
        } else {
            asm.op(Op.VPERM2I128, OTHER, MAXIMUM, MAXIMUM, SWAP_128_BITS);
            asm.op(Op.VMAXPS, MAXIMUM, MAXIMUM, OTHER);
        }
        for (int swap : new int[] {SWAP_HALVES, SWAP_NEIGHBOURS}) {
            asm.op(Op.VPSHUFD, OTHER, 0, MAXIMUM, swap);
            asm.op(Op.VMAXPS, MAXIMUM, MAXIMUM, OTHER);
        }
    }

    private void exponentials() {
        asm.broadcast(SCALE, RDX);
        asm.op(Op.VMULPS, OFFSET, MAXIMUM, SCALE);
        asm.broadcastConstant(OTHER, 0x80000000);
        asm.op(Op.VPXOR, OFFSET, OFFSET, OTHER);
        asm.op(Op.VPXOR, SUM, SUM, SUM);
        asm.op(Op.VPXOR, UPPER_SUM, UPPER_SUM, UPPER_SUM);
        ExponentialCode exponential = new ExponentialCode(asm, RCX, 0, EXPONENTIAL);
        int sixteen = asm.here();
        int sum = SUM;
        for (int offset : asm.lanesOffsets()) {
            asm.op(Op.VMOVUPS, X, 0, at(RDI, offset));
            asm.op(Op.VFMADD213PS, X, SCALE, OFFSET);
            exponential.emit(X);
            asm.op(Op.VMOVUPS_STORE, X, 0, at(RDI, offset));
            asm.op(Op.VADDPS, sum, sum, X);
            sum = UPPER_SUM;
        }
        asm.addImmediate(RDI, 64);
        asm.decrement(RSI);
        asm.jumpIfNotZero(sixteen);
        RowsCode.addLanes(asm, SUM, UPPER_SUM);
        asm.width(128);
        asm.op(Op.VMOVD_STORE, SUM, 0, at(R8, 0));
        asm.returnToCaller();
    }
}

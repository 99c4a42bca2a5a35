package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.RDI;

import tramontane.kernel.Bfloat16;
import tramontane.kernel.x86.Assembler.Shift;

/**
 * Emits the products of bf16 for {@code height} rows of activations with VDPBF16PS, of 512 bits.
 *
 * <p>On Zen 4, the instruction adds two products to each sum by two fmas, each of which rounds:
 * that of the upper halves first, then that of the lower halves. So it does two steps of the even
 * sums if its operands hold columns {@code k} and {@code k + 2}:
 *
 * <pre>
 * weights: a line of columns 4j, 4j + 1      w[4j + 1] w[4j]        upper half, lower half of a lane
 *          the next line                     w[4j + 3] w[4j + 2]
 * W even                                     w[4j]     w[4j + 2]
 * W odd                                      w[4j + 1] w[4j + 3]
 *
 * products:  for each four columns: E[m] = dot(W even, row[m].even, E[m]), O[m] = dot(W odd, row[m].odd, O[m])
 * </pre>
 *
 * {@link RoundCode#toQuads} writes the rows in the same order. {@link PairsCheck} compares the bits
 * of whatever processor runs it with the definition.
 */
final class DotPairCode extends PairRowsCode {
    private static final int BITS = 512;

    /** A bitwise function of three operands: {@code a | b & c}, and {@code a | b & ~c}. */
    private static final int OR_AND = 0xF8;

    private static final int OR_AND_NOT = 0xF4;

    // Vector registers.
    private final int line;
    private final int nextLine;
    private final int even;
    private final int odd;
    private final int upperHalf;

    private DotPairCode(int height) {
        super(BITS, height, 2 * Bfloat16.BLOCK);
        line = 2 * height;
        nextLine = line + 1;
        even = line + 2;
        odd = line + 3;
        upperHalf = line + 4;
    }

    static byte[] emit(int height) {
        return new DotPairCode(height).code();
    }

    @Override
    void start() {
        asm.broadcastConstant(upperHalf, 0xFFFF0000);
    }

    @Override
    void products() {
        for (int quad = 0; quad < Bfloat16.BLOCK / 4; quad++) {
            int at = 2 * LINE * quad;
            asm.prefetch(RDI, PREFETCH_BYTES + at);
            asm.prefetch(RDI, PREFETCH_BYTES + at + LINE);
            asm.op(Op.VMOVUPS, line, 0, at(RDI, at));
            asm.op(Op.VMOVUPS, nextLine, 0, at(RDI, at + LINE));
            asm.shift(Shift.INTS_LEFT, even, line, 16);
            asm.shift(Shift.INTS_RIGHT, odd, nextLine, 16);
            asm.op(Op.VPTERNLOGD, even, nextLine, upperHalf, OR_AND_NOT);
            asm.op(Op.VPTERNLOGD, odd, line, upperHalf, OR_AND);
            for (int m = 0; m < height; m++) {
                int offset = RoundCode.quadOffset(quad);
                asm.opBroadcast(Op.VDPBF16PS, even(0, m), even, input(m, offset));
                asm.opBroadcast(Op.VDPBF16PS, odd(0, m), odd, input(m, offset + 4));
            }
        }
    }
}

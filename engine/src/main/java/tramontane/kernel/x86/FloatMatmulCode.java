package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.R13;
import static tramontane.kernel.x86.Assembler.R9;
import static tramontane.kernel.x86.Assembler.RBP;
import static tramontane.kernel.x86.Assembler.RCX;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RDX;

import tramontane.kernel.PackedMatrix;
import tramontane.kernel.x86.Assembler.Address;
import tramontane.kernel.x86.Assembler.Shift;
import tramontane.tensor.DType;

/**
 * Emits the matmul of one floating-point format for {@code height} rows of fp32 activations. The
 * length of a row is its columns.
 *
 * <pre>
 * half:  F[0..h) = 0
 *        for each column k: W = weights; F[m] = fma(W, row[m][k], F[m])
 * </pre>
 */
final class FloatMatmulCode extends FloatRowsCode {
    private static final int PREFETCH_BYTES = 4096;

    private final DType dtype;
    private final int weights;
    private final int broadcast;

    private FloatMatmulCode(int bits, DType dtype, int height) {
        super(bits, height);
        this.dtype = dtype;
        weights = height;
        broadcast = height + 1;
    }

    static byte[] emit(InstructionSet set, DType dtype, int height) {
        return new FloatMatmulCode(set.bits(), dtype, height).code();
    }

    @Override
    void start() {}

    @Override
    void half(int half) {
        for (int m = 0; m < height; m++) {
            asm.op(Op.VPXOR, m, m, m);
        }
        asm.move(RBP, RCX);
        int column = asm.here();
        column(half);
        asm.decrement(RBP);
        asm.jumpIfNotZero(column);
        asm.address(R13, at(RDX, 32 * half));
        for (int m = 0; m < height; m++) {
            asm.op(Op.VMOVUPS_STORE, m, 0, at(R13, 0));
            asm.add(R13, R9);
        }
    }

    private void column(int half) {
        int bytes = PackedMatrix.groupBlockBytes(dtype);
        Address here = at(RDI, bytes / 2 * half);
        asm.prefetch(RDI, PREFETCH_BYTES);
        switch (dtype) {
            case F16 -> asm.op(Op.VCVTPH2PS, weights, 0, here);
            case BF16 -> {
                asm.op(Op.VPMOVZXWD, weights, 0, here);
                asm.shift(Shift.INTS_LEFT, weights, weights, 16);
            }
            default -> asm.op(Op.VMOVUPS, weights, 0, here);
        }
        for (int m = 0; m < height; m++) {
            addProduct(m, weights, m, 0, broadcast);
        }
        asm.addImmediate(RDI, bytes);
        advanceRows(4);
    }
}

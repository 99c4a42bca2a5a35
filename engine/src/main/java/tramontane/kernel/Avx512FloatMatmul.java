package tramontane.kernel;

import static tramontane.kernel.Assembler.Address.at;
import static tramontane.kernel.Assembler.R10;
import static tramontane.kernel.Assembler.R11;
import static tramontane.kernel.Assembler.R12;
import static tramontane.kernel.Assembler.R13;
import static tramontane.kernel.Assembler.R8;
import static tramontane.kernel.Assembler.R9;
import static tramontane.kernel.Assembler.RAX;
import static tramontane.kernel.Assembler.RBP;
import static tramontane.kernel.Assembler.RBX;
import static tramontane.kernel.Assembler.RCX;
import static tramontane.kernel.Assembler.RDI;
import static tramontane.kernel.Assembler.RDX;
import static tramontane.kernel.Assembler.RSI;
import static tramontane.kernel.Assembler.RSP;

import tramontane.kernel.Assembler.Shift;
import tramontane.tensor.DType;

/**
 * Emits the matmul of one floating point format for {@code height} rows of fp32 activations.
 *
 * <pre>
 * void kernel(weights, rows, out, columns, groups, bytes from one output row to the next, bytes from one row to the next)
 *
 * for each group
 *   F[0..h) = 0
 *   for each column k: W = 16 weights; F[m] = fma(W, row[m][k]{1to16}, F[m])
 * </pre>
 *
 * Three rows share a base register: row m is at base[m / 3] + (m % 3) * stride, which one address
 * can say.
 */
final class Avx512FloatMatmul {
    private static final int[] BASES = {RSI, R10, R11, RAX};
    private static final int WEIGHTS = 31;
    private static final int PREFETCH_BYTES = 4096;

    private final Assembler asm = new Assembler(512);
    private final DType dtype;
    private final int height;

    private Avx512FloatMatmul(DType dtype, int height) {
        this.dtype = dtype;
        this.height = height;
    }

    static byte[] emit(DType dtype, int height) {
        Avx512FloatMatmul matmul = new Avx512FloatMatmul(dtype, height);
        matmul.loops();
        return matmul.asm.code();
    }

    private void loops() {
        for (int register : new int[] {RBX, RBP, R12, R13}) {
            asm.push(register);
        }
        asm.load(RBX, at(RSP, 40));
        asm.move(R12, RSI);
        int group = asm.here();
        asm.move(RSI, R12);
        for (int i = 1; i < bases(); i++) {
            asm.address(BASES[i], at(BASES[i - 1], RBX, 2, 0));
            asm.add(BASES[i], RBX);
        }
        for (int m = 0; m < height; m++) {
            asm.op(Op.VPXOR, m, m, m);
        }
        asm.move(RBP, RCX);
        int column = asm.here();
        column();
        asm.decrement(RBP);
        asm.jumpIfNotZero(column);
        asm.move(R13, RDX);
        for (int m = 0; m < height; m++) {
            asm.op(Op.VMOVUPS_STORE, m, 0, at(R13, 0));
            asm.add(R13, R9);
        }
        asm.addImmediate(RDX, 64);
        asm.decrement(R8);
        asm.jumpIfNotZero(group);
        for (int register : new int[] {R13, R12, RBP, RBX}) {
            asm.pop(register);
        }
        asm.returnToCaller();
    }

    private int bases() {
        return Math.ceilDiv(height, 3);
    }

    private void column() {
        int bytes = PackedMatrix.groupBlockBytes(dtype);
        asm.prefetch(RDI, PREFETCH_BYTES);
        switch (dtype) {
            case F16 -> asm.op(Op.VCVTPH2PS, WEIGHTS, 0, at(RDI, 0));
            case BF16 -> {
                asm.op(Op.VPMOVZXWD, WEIGHTS, 0, at(RDI, 0));
                asm.shift(Shift.INTS_LEFT, WEIGHTS, WEIGHTS, 16);
            }
            default -> asm.op(Op.VMOVUPS, WEIGHTS, 0, at(RDI, 0));
        }
        for (int m = 0; m < height; m++) {
            int base = BASES[m / 3];
            asm.opBroadcast(
                    Op.VFMADD231PS, m, WEIGHTS, m % 3 == 0 ? at(base, 0) : at(base, RBX, m % 3, 0));
        }
        asm.addImmediate(RDI, bytes);
        for (int i = 0; i < bases(); i++) {
            asm.addImmediate(BASES[i], 4);
        }
    }
}

package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.R10;
import static tramontane.kernel.x86.Assembler.R11;
import static tramontane.kernel.x86.Assembler.R12;
import static tramontane.kernel.x86.Assembler.R13;
import static tramontane.kernel.x86.Assembler.R14;
import static tramontane.kernel.x86.Assembler.R8;
import static tramontane.kernel.x86.Assembler.R9;
import static tramontane.kernel.x86.Assembler.RAX;
import static tramontane.kernel.x86.Assembler.RBP;
import static tramontane.kernel.x86.Assembler.RBX;
import static tramontane.kernel.x86.Assembler.RCX;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RDX;
import static tramontane.kernel.x86.Assembler.RSI;
import static tramontane.kernel.x86.Assembler.RSP;

import tramontane.kernel.PackedMatrix;
import tramontane.kernel.x86.Assembler.Address;
import tramontane.kernel.x86.Assembler.Shift;
import tramontane.tensor.DType;

/**
 * Emits the matmul of one floating-point format for {@code height} rows of fp32 activations.
 *
 * <pre>
 * void kernel(weights, rows, out, columns, groups, bytes from one output row to the next, bytes from one row to the next)
 *
 * for each group
 *   for each half of its 16 rows     a vector of 256 bits holds 8 of them, one of 512 bits all
 *     F[0..h) = 0
 *     for each column k: W = weights; F[m] = fma(W, row[m][k], F[m])
 * </pre>
 *
 * Three rows share a base register: row m is at base[m / 3] + (m % 3) * stride, which is one
 * addressing mode.
 */
final class FloatMatmulCode {
    private static final int[] BASES = {RSI, R10, R11, RAX};
    private static final int PREFETCH_BYTES = 4096;

    private final Assembler asm;
    private final int bits;
    private final DType dtype;
    private final int height;
    private final int weights;
    private final int broadcast;

    private FloatMatmulCode(int bits, DType dtype, int height) {
        this.bits = bits;
        this.dtype = dtype;
        this.height = height;
        asm = new Assembler(bits);
        weights = height;
        broadcast = height + 1;
    }

    static byte[] emit(InstructionSet set, DType dtype, int height) {
        FloatMatmulCode code = new FloatMatmulCode(set.bits(), dtype, height);
        code.loops();
        return code.asm.code();
    }

    private void loops() {
        int[] saved = {RBX, RBP, R12, R13, R14};
        for (int register : saved) {
            asm.push(register);
        }
        asm.load(RBX, at(RSP, 48));
        asm.move(R12, RSI);
        int group = asm.here();
        asm.move(R14, RDI);
        for (int half = 0; half < 512 / bits; half++) {
            rows(half);
        }
        asm.addImmediate(RDX, 64);
        asm.decrement(R8);
        asm.jumpIfNotZero(group);
        for (int i = saved.length - 1; i >= 0; i--) {
            asm.pop(saved[i]);
        }
        asm.returnToCaller();
    }

    private void rows(int half) {
        asm.move(RDI, R14);
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
        column(half);
        asm.decrement(RBP);
        asm.jumpIfNotZero(column);
        asm.address(R13, at(RDX, 32 * half));
        for (int m = 0; m < height; m++) {
            asm.op(Op.VMOVUPS_STORE, m, 0, at(R13, 0));
            asm.add(R13, R9);
        }
    }

    private int bases() {
        return Math.ceilDiv(height, 3);
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
            int base = BASES[m / 3];
            Address input = m % 3 == 0 ? at(base, 0) : at(base, RBX, m % 3, 0);
            if (bits == 512) {
                asm.opBroadcast(Op.VFMADD231PS, m, weights, input);
            } else {
                asm.op(Op.VBROADCASTSS, broadcast, 0, input);
                asm.op(Op.VFMADD231PS, m, weights, broadcast);
            }
        }
        asm.addImmediate(RDI, bytes);
        for (int i = 0; i < bases(); i++) {
            asm.addImmediate(BASES[i], 4);
        }
    }
}

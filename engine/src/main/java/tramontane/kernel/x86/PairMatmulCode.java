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

import tramontane.kernel.Bfloat16;
import tramontane.kernel.x86.Assembler.Address;
import tramontane.kernel.x86.Assembler.Shift;

/**
 * Emits the products of bf16 for {@code height} rows of activations, with fp32 instructions.
 *
 * <pre>
 * void kernel(weights, rows, out, blocks, groups, bytes from one output row to the next, bytes from one row to the next)
 *
 * for each group
 *   for each half of its 16 rows     a vector of 256 bits holds 8 of them, one of 512 bits all
 *     out = 0
 *     for each block of 32 columns
 *       E[0..h) = O[0..h) = 0
 *       for each pair of columns: E[m] = fma(W even, row[m][k], E[m]), O[m] = fma(W odd, row[m][k + 1], O[m])
 *       out[m] += E[m] + O[m]
 * </pre>
 *
 * The activations are bf16 numbers in fp32. Three rows share a base register, as in {@link
 * FloatMatmulCode}.
 */
final class PairMatmulCode {
    private static final int[] BASES = {RSI, R10, R11, RAX};
    private static final int LINE = 64;
    private static final int PREFETCH_BYTES = 4096;

    private final Assembler asm;
    private final int bits;
    private final int height;

    // Vector registers: even sums, odd sums, then these.
    private final int even;
    private final int odd;
    private final int upperHalf;
    private final int broadcast;

    private PairMatmulCode(int bits, int height) {
        this.bits = bits;
        this.height = height;
        asm = new Assembler(bits);
        even = 2 * height;
        odd = even + 1;
        upperHalf = even + 2;
        broadcast = even + 3;
    }

    static byte[] emit(InstructionSet set, int height) {
        PairMatmulCode code = new PairMatmulCode(set.bits(), height);
        code.loops();
        return code.asm.code();
    }

    private void loops() {
        int[] saved = {RBX, RBP, R12, R13, R14};
        for (int register : saved) {
            asm.push(register);
        }
        asm.broadcastConstant(upperHalf, 0xFFFF0000);
        asm.load(RBX, at(RSP, 8 * saved.length + 8));
        asm.move(R12, RSI);
        int group = asm.here();
        asm.move(R14, RDI);
        for (int half = 0; half < 512 / bits; half++) {
            rows(half);
        }
        asm.addImmediate(RDX, LINE);
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
        for (int i = 0; i < bases(); i++) {
            asm.addImmediate(BASES[i], 4 * Bfloat16.BLOCK);
        }
        asm.decrement(RBP);
        asm.jumpIfNotZero(block);
    }

    private int bases() {
        return Math.ceilDiv(height, 3);
    }

    private void pair(int half, int pair) {
        asm.prefetch(RDI, PREFETCH_BYTES + LINE * pair);
        asm.op(Op.VMOVUPS, odd, 0, at(RDI, LINE * pair + 32 * half));
        asm.shift(Shift.INTS_LEFT, even, odd, 16);
        asm.op(Op.VPAND, odd, odd, upperHalf);
        for (int m = 0; m < height; m++) {
            multiply(m, even, input(m, 8 * pair));
            multiply(height + m, odd, input(m, 8 * pair + 4));
        }
    }

    private Address input(int m, int offset) {
        int base = BASES[m / 3];
        return m % 3 == 0 ? at(base, offset) : at(base, RBX, m % 3, offset);
    }

    private void multiply(int sum, int weights, Address input) {
        if (bits == 512) {
            asm.opBroadcast(Op.VFMADD231PS, sum, weights, input);
        } else {
            asm.op(Op.VBROADCASTSS, broadcast, 0, input);
            asm.op(Op.VFMADD231PS, sum, weights, broadcast);
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

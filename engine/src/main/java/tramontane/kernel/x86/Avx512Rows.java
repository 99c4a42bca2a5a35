package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.R10;
import static tramontane.kernel.x86.Assembler.R11;
import static tramontane.kernel.x86.Assembler.R8;
import static tramontane.kernel.x86.Assembler.R9;
import static tramontane.kernel.x86.Assembler.RAX;
import static tramontane.kernel.x86.Assembler.RCX;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RDX;
import static tramontane.kernel.x86.Assembler.RSI;
import static tramontane.kernel.x86.Assembler.RSP;

import tramontane.kernel.Exponential;
import tramontane.kernel.Lanes;

/** Emits the operations on rows of fp32 other than matmul, 16 lanes at a time. */
final class Avx512Rows {
    private static final int SWAP_HALVES = 0x4E;
    private static final int SWAP_NEIGHBOURS = 0xB1;
    private static final int DOUBLE_EVEN = 0xA0;
    private static final int LANES = 1;
    private static final int ROUND_TO_EVEN = 0;

    private final Assembler asm = new Assembler(512);

    private Avx512Rows() {}

    /**
     * Sets all lanes of {@code sum} to {@link Lanes#sum} of them: adds the lanes 8, 4, 2 and 1
     * apart.
     */
    static void addLanes(Assembler asm, int sum, int other) {
        for (int swap : new int[] {SWAP_HALVES, SWAP_NEIGHBOURS}) {
            asm.op(Op.VSHUFF32X4, other, sum, sum, swap);
            asm.op(Op.VADDPS, sum, sum, other);
        }
        for (int swap : new int[] {SWAP_HALVES, SWAP_NEIGHBOURS}) {
            asm.op(Op.VPSHUFD, other, 0, sum, swap);
            asm.op(Op.VADDPS, sum, sum, other);
        }
    }

    /** {@code void kernel(x, y, vectors, mask of lanes)}: x += y. */
    static byte[] add() {
        Avx512Rows rows = new Avx512Rows();
        rows.elementwise(() -> rows.asm.op(Op.VADDPS, 0, 0, 1));
        return rows.asm.code();
    }

    /** {@code void kernel(x, x, vectors, mask of lanes, bits of the factor)}: x *= factor. */
    static byte[] scale() {
        Avx512Rows rows = new Avx512Rows();
        rows.asm.move(RAX, R8);
        rows.asm.broadcastRax(2);
        rows.elementwise(() -> rows.asm.op(Op.VMULPS, 0, 0, 2));
        return rows.asm.code();
    }

    /**
     * {@code void kernel(gate, up, vectors, mask of lanes, constants of exp)}: gate = silu(gate) *
     * up.
     */
    static byte[] silu() {
        Avx512Rows rows = new Avx512Rows();
        rows.asm.broadcastConstant(4, 0x80000000);
        rows.gate(() -> rows.asm.op(Op.VPXOR, 2, 0, 4));
        return rows.asm.code();
    }

    /** Like {@link #silu} with gelu: the argument of exp is v * fma(cubic, v * v, linear). */
    static byte[] gelu() {
        Avx512Rows rows = new Avx512Rows();
        Assembler asm = rows.asm;
        asm.broadcastConstant(4, Float.floatToIntBits(Exponential.GELU_CUBIC));
        asm.broadcastConstant(5, Float.floatToIntBits(Exponential.GELU_LINEAR));
        rows.gate(() -> {
            asm.op(Op.VMULPS, 2, 0, 0);
            asm.op(Op.VFMADD213PS, 2, 4, 5);
            asm.op(Op.VMULPS, 2, 0, 2);
        });
        return asm.code();
    }

    // v / (1 + exp(register 2)) * up, with v in register 0 and up in register 1.
    private void gate(Runnable argument) {
        asm.broadcastConstant(3, Float.floatToIntBits(1f));
        Avx512Exponential exponential = new Avx512Exponential(asm, R8, 0, 16);
        elementwise(() -> {
            argument.run();
            exponential.emit(2);
            asm.op(Op.VADDPS, 2, 2, 3);
            asm.op(Op.VDIVPS, 0, 0, 2);
            asm.op(Op.VMULPS, 0, 0, 1);
        });
    }

    // The operation replaces register 0; register 1 is the other operand.
    private void elementwise(Runnable operation) {
        asm.move(RAX, RCX);
        asm.moveToMask(LANES, RAX);
        int vector = asm.here();
        asm.loadZeroing(0, at(RDI, 0), LANES);
        asm.loadZeroing(1, at(RSI, 0), LANES);
        operation.run();
        asm.storeMasked(0, at(RDI, 0), LANES);
        asm.addImmediate(RDI, 64);
        asm.addImmediate(RSI, 64);
        asm.decrement(RDX);
        asm.jumpIfNotZero(vector);
        asm.returnToCaller();
    }

    /**
     * {@code void kernel(x, weight, out, vectors, bits of epsilon, bits of the number of columns)}.
     */
    static byte[] rmsNorm() {
        Assembler asm = new Assembler(512);
        asm.op(Op.VPXOR, 0, 0, 0);
        asm.move(R10, RDI);
        asm.move(R11, RCX);
        int square = asm.here();
        asm.op(Op.VMOVUPS, 1, 0, at(R10, 0));
        asm.op(Op.VFMADD231PS, 0, 1, 1);
        asm.addImmediate(R10, 64);
        asm.decrement(R11);
        asm.jumpIfNotZero(square);
        addLanes(asm, 0, 1);
        asm.move(RAX, R9);
        asm.broadcastRax(1);
        asm.op(Op.VDIVPS, 0, 0, 1);
        asm.move(RAX, R8);
        asm.broadcastRax(1);
        asm.op(Op.VADDPS, 0, 0, 1);
        asm.op(Op.VSQRTPS, 0, 0, 0);
        asm.broadcastConstant(1, Float.floatToIntBits(1f));
        asm.op(Op.VDIVPS, 0, 1, 0);
        int multiply = asm.here();
        asm.op(Op.VMULPS, 1, 0, at(RDI, 0));
        asm.op(Op.VMULPS, 1, 1, at(RSI, 0));
        asm.op(Op.VMOVUPS_STORE, 1, 0, at(RDX, 0));
        for (int pointer : new int[] {RDI, RSI, RDX}) {
            asm.addImmediate(pointer, 64);
        }
        asm.decrement(RCX);
        asm.jumpIfNotZero(multiply);
        asm.returnToCaller();
        return asm.code();
    }

    /**
     * {@code void kernel(row, table, heads, vectors of pairs, bytes of a head, bytes of the
     * cosines)}. A pair has one element in each half of the rotated elements.
     */
    static byte[] ropeHalves() {
        Assembler asm = new Assembler(512);
        int head = asm.here();
        asm.move(R10, RDI);
        asm.move(R11, RSI);
        asm.move(RAX, RCX);
        int vector = asm.here();
        asm.op(Op.VMOVUPS, 0, 0, at(R10, 0));
        asm.op(Op.VMOVUPS, 1, 0, at(R10, R9, 1, 0));
        asm.op(Op.VMOVUPS, 2, 0, at(R11, 0));
        asm.op(Op.VMOVUPS, 3, 0, at(R11, R9, 1, 0));
        asm.op(Op.VMULPS, 4, 0, 2);
        asm.op(Op.VFNMADD231PS, 4, 1, 3);
        asm.op(Op.VMULPS, 5, 1, 2);
        asm.op(Op.VFMADD231PS, 5, 0, 3);
        asm.op(Op.VMOVUPS_STORE, 4, 0, at(R10, 0));
        asm.op(Op.VMOVUPS_STORE, 5, 0, at(R10, R9, 1, 0));
        asm.addImmediate(R10, 64);
        asm.addImmediate(R11, 64);
        asm.decrement(RAX);
        asm.jumpIfNotZero(vector);
        asm.add(RDI, R8);
        asm.decrement(RDX);
        asm.jumpIfNotZero(head);
        asm.returnToCaller();
        return asm.code();
    }

    /** Like {@link #ropeHalves} for pairs of neighbours; a vector holds eight pairs. */
    static byte[] ropeNeighbours() {
        Assembler asm = new Assembler(512);
        asm.broadcastConstant(6, 0x80000000);
        asm.moveImmediate(RAX, 0x5555);
        asm.moveToMask(LANES, RAX);
        asm.opZeroing(Op.VPOR, 6, 6, 6, LANES);
        int head = asm.here();
        asm.move(R10, RDI);
        asm.move(R11, RSI);
        asm.move(RAX, RCX);
        int vector = asm.here();
        asm.op(Op.VMOVUPS, 0, 0, at(R10, 0));
        asm.op(Op.VPSHUFD, 1, 0, 0, SWAP_NEIGHBOURS);
        asm.op(Op.VPMOVZXDQ, 2, 0, at(R11, 0));
        asm.op(Op.VPMOVZXDQ, 3, 0, at(R11, R9, 1, 0));
        asm.op(Op.VPSHUFD, 2, 0, 2, DOUBLE_EVEN);
        asm.op(Op.VPSHUFD, 3, 0, 3, DOUBLE_EVEN);
        // The even lanes subtract.
        asm.op(Op.VPXOR, 3, 3, 6);
        asm.op(Op.VMULPS, 4, 0, 2);
        asm.op(Op.VFMADD231PS, 4, 1, 3);
        asm.op(Op.VMOVUPS_STORE, 4, 0, at(R10, 0));
        asm.addImmediate(R10, 64);
        asm.addImmediate(R11, 32);
        asm.decrement(RAX);
        asm.jumpIfNotZero(vector);
        asm.add(RDI, R8);
        asm.decrement(RDX);
        asm.jumpIfNotZero(head);
        asm.returnToCaller();
        return asm.code();
    }

    /**
     * {@code void kernel(key, value, slot of the key, slot of the value, vectors of a head, heads,
     * bytes of a head's tile)}. The dimensions of a key are 32 bytes apart in a tile.
     */
    static byte[] storeKeyValue() {
        Assembler asm = new Assembler(512);
        int head = asm.here();
        asm.move(R10, RDX);
        asm.move(R11, RCX);
        asm.move(RAX, R8);
        int vector = asm.here();
        asm.op(Op.VMOVUPS, 0, 0, at(RSI, 0));
        asm.op(Op.VCVTPS2PH, 0, 0, at(R11, 0), ROUND_TO_EVEN);
        asm.op(Op.VMOVUPS, 0, 0, at(RDI, 0));
        asm.op(Op.VCVTPS2PH, 0, 0, 0, ROUND_TO_EVEN);
        asm.width(256);
        asm.op(Op.VEXTRACTI32X4, 0, 0, 1, 1);
        asm.width(128);
        for (int i = 0; i < 16; i++) {
            asm.op(Op.VPEXTRW, i / 8, 0, at(R10, 32 * i), i % 8);
        }
        asm.width(512);
        asm.addImmediate(RDI, 64);
        asm.addImmediate(RSI, 64);
        asm.addImmediate(R10, 512);
        asm.addImmediate(R11, 32);
        asm.decrement(RAX);
        asm.jumpIfNotZero(vector);
        asm.load(RAX, at(RSP, 8));
        asm.add(RDX, RAX);
        asm.add(RCX, RAX);
        asm.decrement(R9);
        asm.jumpIfNotZero(head);
        asm.returnToCaller();
        return asm.code();
    }
}

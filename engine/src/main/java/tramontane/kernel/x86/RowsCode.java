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
import tramontane.kernel.x86.Assembler.Shift;

/**
 * Emits the operations on rows of fp32 other than matmul, 16 lanes at a time: in one vector of 512
 * bits or two of 256.
 */
final class RowsCode {
    private static final int SWAP_HALVES = 0x4E;
    private static final int SWAP_NEIGHBOURS = 0xB1;
    private static final int SWAP_128_BITS = 1;
    private static final int DOUBLE_EVEN = 0xA0;
    private static final int LANES = 1;
    private static final int ROUND_TO_EVEN = 0;

    private final Assembler asm;

    private RowsCode(int bits) {
        asm = new Assembler(bits);
    }

    /**
     * Sets all lanes of {@code sum} to {@link Lanes#sum} of them: adds the lanes 8, 4, 2 and 1
     * apart. With 256 bits, {@code other} holds the upper eight lanes.
     */
    static void addLanes(Assembler asm, int sum, int other) {
        if (asm.isWide()) {
            for (int swap : new int[] {SWAP_HALVES, SWAP_NEIGHBOURS}) {
                asm.op(Op.VSHUFF32X4, other, sum, sum, swap);
                asm.op(Op.VADDPS, sum, sum, other);
            }
        } else {
            asm.op(Op.VADDPS, sum, sum, other);
            asm.op(Op.VPERM2I128, other, sum, sum, SWAP_128_BITS);
            asm.op(Op.VADDPS, sum, sum, other);
        }
        for (int swap : new int[] {SWAP_HALVES, SWAP_NEIGHBOURS}) {
            asm.op(Op.VPSHUFD, other, 0, sum, swap);
            asm.op(Op.VADDPS, sum, sum, other);
        }
    }

    /** {@code void kernel(x, y, sixteens, rest)}: x += y. */
    static byte[] add(int bits) {
        RowsCode rows = new RowsCode(bits);
        rows.elementwise(() -> rows.asm.op(Op.VADDPS, 0, 0, 1));
        return rows.asm.code();
    }

    /** {@code void kernel(x, x, sixteens, rest, bits of the factor)}: x *= factor. */
    static byte[] scale(int bits) {
        RowsCode rows = new RowsCode(bits);
        rows.asm.broadcast(2, R8);
        rows.elementwise(() -> rows.asm.op(Op.VMULPS, 0, 0, 2));
        return rows.asm.code();
    }

    /** {@code void kernel(x, lines)}: asks for lines of 64 bytes, without waiting for them. */
    static byte[] prefetch(int bits) {
        Assembler asm = new Assembler(bits);
        int line = asm.here();
        asm.prefetchToSecondLevel(RDI, 0);
        asm.addImmediate(RDI, 64);
        asm.decrement(RSI);
        asm.jumpIfNotZero(line);
        asm.returnToCaller();
        return asm.code();
    }

    /** {@code void kernel(x, x, sixteens, rest, constants of exp)}: x = exp(x). */
    static byte[] exp(int bits) {
        RowsCode rows = new RowsCode(bits);
        ExponentialCode exponential = new ExponentialCode(rows.asm, R8, 0, 6);
        rows.elementwise(() -> exponential.emit(0));
        return rows.asm.code();
    }

    /** {@code void kernel(gate, up, sixteens, rest, constants of exp)}: gate = silu(gate) * up. */
    static byte[] silu(int bits) {
        RowsCode rows = new RowsCode(bits);
        rows.asm.broadcastConstant(4, 0x80000000);
        rows.gate(() -> rows.asm.op(Op.VPXOR, 2, 0, 4));
        return rows.asm.code();
    }

    /** Like {@link #silu} with gelu: the argument of exp is v * fma(cubic, v * v, linear). */
    static byte[] gelu(int bits) {
        RowsCode rows = new RowsCode(bits);
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
        ExponentialCode exponential = new ExponentialCode(asm, R8, 0, 6);
        elementwise(() -> {
            argument.run();
            exponential.emit(2);
            asm.op(Op.VADDPS, 2, 2, 3);
            asm.op(Op.VDIVPS, 0, 0, 2);
            asm.op(Op.VMULPS, 0, 0, 1);
        });
    }

    // The operation replaces register 0; register 1 is the other operand. The rest is, with 512
    // bits, a mask of lanes for all vectors: whole ones and what is left take two calls. With 256,
    // whose masked stores are slow, it is the number of elements after the vectors.
    private void elementwise(Runnable operation) {
        if (asm.isWide()) {
            asm.move(RAX, RCX);
            asm.moveToMask(LANES, RAX);
            repeat(
                    RDX,
                    64,
                    () -> {
                        asm.loadZeroing(0, at(RDI, 0), LANES);
                        asm.loadZeroing(1, at(RSI, 0), LANES);
                        operation.run();
                        asm.storeMasked(0, at(RDI, 0), LANES);
                    });
        } else {
            asm.test(RDX, -1);
            int noVector = asm.jumpAheadIfZero();
            repeat(
                    RDX,
                    64,
                    () -> {
                        for (int offset : asm.lanesOffsets()) {
                            asm.op(Op.VMOVUPS, 0, 0, at(RDI, offset));
                            asm.op(Op.VMOVUPS, 1, 0, at(RSI, offset));
                            operation.run();
                            asm.op(Op.VMOVUPS_STORE, 0, 0, at(RDI, offset));
                        }
                    });
            asm.land(noVector);
            asm.test(RCX, -1);
            int noRest = asm.jumpAheadIfZero();
            asm.width(128);
            repeat(
                    RCX,
                    4,
                    () -> {
                        asm.op(Op.VBROADCASTSS, 0, 0, at(RDI, 0));
                        asm.op(Op.VBROADCASTSS, 1, 0, at(RSI, 0));
                        operation.run();
                        asm.op(Op.VMOVD_STORE, 0, 0, at(RDI, 0));
                    });
            asm.land(noRest);
        }
        asm.returnToCaller();
    }

    /** A loop in which RDI and RSI advance. */
    private void repeat(int counter, int bytes, Runnable body) {
        int here = asm.here();
        body.run();
        asm.addImmediate(RDI, bytes);
        asm.addImmediate(RSI, bytes);
        asm.decrement(counter);
        asm.jumpIfNotZero(here);
    }

    /**
     * {@code void kernel(x, weight, out, sixteens, bits of epsilon, bits of the number of
     * columns)}.
     */
    static byte[] rmsNorm(int bits) {
        Assembler asm = new Assembler(bits);
        int[] offsets = asm.lanesOffsets();
        for (int sum = 0; sum < offsets.length; sum++) {
            asm.op(Op.VPXOR, sum, sum, sum);
        }
        asm.move(R10, RDI);
        asm.move(R11, RCX);
        int square = asm.here();
        for (int sum = 0; sum < offsets.length; sum++) {
            asm.op(Op.VMOVUPS, 2, 0, at(R10, offsets[sum]));
            asm.op(Op.VFMADD231PS, sum, 2, 2);
        }
        asm.addImmediate(R10, 64);
        asm.decrement(R11);
        asm.jumpIfNotZero(square);
        addLanes(asm, 0, 1);
        asm.broadcast(1, R9);
        asm.op(Op.VDIVPS, 0, 0, 1);
        asm.broadcast(1, R8);
        asm.op(Op.VADDPS, 0, 0, 1);
        asm.op(Op.VSQRTPS, 0, 0, 0);
        asm.broadcastConstant(1, Float.floatToIntBits(1f));
        asm.op(Op.VDIVPS, 0, 1, 0);
        int multiply = asm.here();
        for (int offset : offsets) {
            asm.op(Op.VMULPS, 1, 0, at(RDI, offset));
            asm.op(Op.VMULPS, 1, 1, at(RSI, offset));
            asm.op(Op.VMOVUPS_STORE, 1, 0, at(RDX, offset));
        }
        for (int pointer : new int[] {RDI, RSI, RDX}) {
            asm.addImmediate(pointer, 64);
        }
        asm.decrement(RCX);
        asm.jumpIfNotZero(multiply);
        asm.returnToCaller();
        return asm.code();
    }

    /**
     * {@code void kernel(row, table, heads, sixteens of pairs, bytes of a head, bytes of the
     * cosines)}. A pair has one element in each half of the rotated elements.
     */
    static byte[] ropeHalves(int bits) {
        RowsCode rows = new RowsCode(bits);
        Assembler asm = rows.asm;
        rows.rope(
                64,
                offset -> {
                    asm.op(Op.VMOVUPS, 0, 0, at(R10, offset));
                    asm.op(Op.VMOVUPS, 1, 0, at(R10, R9, 1, offset));
                    asm.op(Op.VMOVUPS, 2, 0, at(R11, offset));
                    asm.op(Op.VMOVUPS, 3, 0, at(R11, R9, 1, offset));
                    asm.op(Op.VMULPS, 4, 0, 2);
                    asm.op(Op.VFNMADD231PS, 4, 1, 3);
                    asm.op(Op.VMULPS, 5, 1, 2);
                    asm.op(Op.VFMADD231PS, 5, 0, 3);
                    asm.op(Op.VMOVUPS_STORE, 4, 0, at(R10, offset));
                    asm.op(Op.VMOVUPS_STORE, 5, 0, at(R10, R9, 1, offset));
                });
        return asm.code();
    }

    /** Like {@link #ropeHalves} for pairs of neighbours: eight of them are 16 lanes. */
    static byte[] ropeNeighbours(int bits) {
        RowsCode rows = new RowsCode(bits);
        Assembler asm = rows.asm;
        // The sign bits of the even lanes, which subtract.
        asm.broadcastConstant(6, 0x80000000);
        asm.shift(Shift.LONGS_RIGHT, 6, 6, 32);
        rows.rope(
                32,
                offset -> {
                    asm.op(Op.VMOVUPS, 0, 0, at(R10, offset));
                    asm.op(Op.VPSHUFD, 1, 0, 0, SWAP_NEIGHBOURS);
                    asm.op(Op.VPMOVZXDQ, 2, 0, at(R11, offset / 2));
                    asm.op(Op.VPMOVZXDQ, 3, 0, at(R11, R9, 1, offset / 2));
                    asm.op(Op.VPSHUFD, 2, 0, 2, DOUBLE_EVEN);
                    asm.op(Op.VPSHUFD, 3, 0, 3, DOUBLE_EVEN);
                    asm.op(Op.VPXOR, 3, 3, 6);
                    asm.op(Op.VMULPS, 4, 0, 2);
                    asm.op(Op.VFMADD231PS, 4, 1, 3);
                    asm.op(Op.VMOVUPS_STORE, 4, 0, at(R10, offset));
                });
        return asm.code();
    }

    @FunctionalInterface
    private interface VectorAt {
        void emit(int offset);
    }

    // R10 points to 16 lanes of the head, R11 to their cosines, which advance by `tableBytes`.
    private void rope(int tableBytes, VectorAt rotation) {
        int head = asm.here();
        asm.move(R10, RDI);
        asm.move(R11, RSI);
        asm.move(RAX, RCX);
        int vector = asm.here();
        for (int offset : asm.lanesOffsets()) {
            rotation.emit(offset);
        }
        asm.addImmediate(R10, 64);
        asm.addImmediate(R11, tableBytes);
        asm.decrement(RAX);
        asm.jumpIfNotZero(vector);
        asm.add(RDI, R8);
        asm.decrement(RDX);
        asm.jumpIfNotZero(head);
        asm.returnToCaller();
    }

    /**
     * {@code void kernel(key, value, slot of the key, slot of the value, sixteens of a head, heads,
     * bytes of a head's tile)}. The dimensions of a key are 32 bytes apart in a tile.
     */
    static byte[] storeKeyValue(int bits) {
        Assembler asm = new Assembler(bits);
        int head = asm.here();
        asm.move(R10, RDX);
        asm.move(R11, RCX);
        asm.move(RAX, R8);
        int vector = asm.here();
        // 256 bits of fp32 are the 128 bits of fp16 whose words can be stored one by one.
        for (int half = 0; half < 2; half++) {
            asm.width(256);
            asm.op(Op.VMOVUPS, 0, 0, at(RSI, 32 * half));
            asm.op(Op.VCVTPS2PH, 0, 0, at(R11, 16 * half), ROUND_TO_EVEN);
            asm.op(Op.VMOVUPS, 0, 0, at(RDI, 32 * half));
            asm.op(Op.VCVTPS2PH, 0, 0, 0, ROUND_TO_EVEN);
            asm.width(128);
            for (int i = 0; i < 8; i++) {
                asm.op(Op.VPEXTRW, 0, 0, at(R10, 32 * (8 * half + i)), i);
            }
        }
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

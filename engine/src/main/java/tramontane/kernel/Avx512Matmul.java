package tramontane.kernel;

import static tramontane.kernel.Assembler.Address.at;
import static tramontane.kernel.Assembler.R10;
import static tramontane.kernel.Assembler.R11;
import static tramontane.kernel.Assembler.R12;
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
 * Emits the AVX-512 VNNI matmul of one quantised format and one tile height.
 *
 * <pre>
 * void kernel(weights, tiles, out, blocks of a group, groups, bytes from one output row to the next, number of tiles)
 *
 * for each group                     rdi walks its blocks once a tile, rbx remembers their start
 *   for each tile of h rows          r10 walks its blocks; tiles lie one after the other
 *     F[0..h) = 0                    zmm 0 to h - 1: a lane a weight row, a register an activation row
 *     for each block of 32 columns
 *       I[0..h) = start values       zmm h to 2 h - 1
 *       for each 4 columns: I[m] += u8 codes . s8 activations{1to16}
 *       F[m] = fma(D * scale[m]{1to16}, (float) I[m], F[m])
 *     store F
 * </pre>
 *
 * Lanes are weight rows, so nothing is ever summed across a register.
 */
final class Avx512Matmul {
    /**
     * Rows of a full tile: 12 sums of each kind leave 8 of the 32 registers for weights and
     * constants.
     */
    static final int TILE_ROWS = 12;

    private static final int LOW = 24;
    private static final int HIGH = 25;
    private static final int TEMPORARY = 26;
    private static final int NIBBLE_MASK = 27;
    private static final int BITS_MASK = 28;
    private static final int PLANE = 29;
    private static final int SCALE = 30;
    private static final int MINIMUM = 31;

    /** A or (B and C), the bits of its truth table. */
    private static final int OR_OF_AND = 0xF8;

    /** Far enough for a core that decodes alone at memory speed, measured at 4 KiB. */
    private static final int PREFETCH_BYTES = 4096;

    private final Assembler asm = new Assembler(512);
    private final DType dtype;
    private final int height;

    private Avx512Matmul(DType dtype, int height) {
        this.dtype = dtype;
        this.height = height;
    }

    static byte[] emit(DType dtype, int height) {
        Avx512Matmul matmul = new Avx512Matmul(dtype, height);
        matmul.loops();
        return matmul.asm.code();
    }

    private int sum(int row) {
        return row;
    }

    private int integer(int row) {
        return height + row;
    }

    private void loops() {
        asm.push(RBX);
        asm.push(RBP);
        asm.push(R12);
        asm.broadcastConstant(NIBBLE_MASK, 0x0F0F0F0F);
        asm.broadcastConstant(BITS_MASK, dtype == DType.Q6_K ? 0x30303030 : 0x10101010);
        int group = asm.here();
        asm.move(RBX, RDI);
        asm.move(R10, RSI);
        asm.move(RAX, RDX);
        asm.load(RBP, at(RSP, 32));
        int tile = asm.here();
        asm.move(RDI, RBX);
        for (int m = 0; m < height; m++) {
            asm.op(Op.VPXOR, sum(m), sum(m), sum(m));
        }
        asm.move(R11, RCX);
        int block = asm.here();
        block();
        asm.decrement(R11);
        asm.jumpIfNotZero(block);
        for (int m = 0; m < height; m++) {
            asm.op(Op.VMOVUPS_STORE, sum(m), 0, at(RAX, 0));
            asm.add(RAX, R9);
        }
        asm.decrement(RBP);
        asm.jumpIfNotZero(tile);
        asm.addImmediate(RDX, 64);
        asm.decrement(R8);
        asm.jumpIfNotZero(group);
        asm.pop(R12);
        asm.pop(RBP);
        asm.pop(RBX);
        asm.returnToCaller();
    }

    private void block() {
        switch (dtype) {
            case Q4_0, Q4_1, Q5_0, Q5_1 -> nibbleBlock();
            case Q8_0 -> byteBlock();
            case Q4_K, Q5_K -> twoFactorBlock();
            case Q6_K -> signedFactorBlock();
            case F16, BF16, F32 -> throw new IllegalArgumentException(dtype + " has no blocks");
        }
    }

    private boolean hasFifth() {
        return dtype == DType.Q5_0 || dtype == DType.Q5_1 || dtype == DType.Q5_K;
    }

    private void nibbleBlock() {
        int scales = hasFifth() ? 320 : 256;
        switch (dtype) {
            case Q4_0 -> start(Activations.START_8);
            case Q5_0 -> start(Activations.START_16);
            default -> startAtZero();
        }
        prefetch(PackedMatrix.groupBlockBytes(dtype));
        nibbles();
        asm.op(Op.VCVTPH2PS, HIGH, 0, at(RDI, scales));
        addScaled(HIGH);
        if (dtype == DType.Q4_1 || dtype == DType.Q5_1) {
            asm.op(Op.VCVTPH2PS, LOW, 0, at(RDI, scales + 32));
            addMinimum(Op.VFMADD231PS);
        }
        nextBlock(PackedMatrix.groupBlockBytes(dtype));
    }

    private void byteBlock() {
        start(Activations.START_128);
        prefetch(544);
        for (int i = 0; i < 8; i++) {
            asm.op(Op.VMOVUPS, LOW, 0, at(RDI, 64 * i));
            dot(LOW, 4 * i);
        }
        asm.op(Op.VCVTPH2PS, HIGH, 0, at(RDI, 512));
        addScaled(HIGH);
        nextBlock(544);
    }

    // scales, minimums, then eight parts of 32 columns, each with its factors at the end
    private void twoFactorBlock() {
        int partBytes = (PackedMatrix.groupBlockBytes(dtype) - 64) / 8;
        asm.op(Op.VCVTPH2PS, SCALE, 0, at(RDI, 0));
        asm.op(Op.VCVTPH2PS, MINIMUM, 0, at(RDI, 32));
        asm.addImmediate(RDI, 64);
        asm.moveImmediate(R12, 8);
        int part = asm.here();
        startAtZero();
        prefetch(partBytes);
        nibbles();
        factor(Op.VPMOVZXBD, HIGH, partBytes - 32, SCALE);
        factor(Op.VPMOVZXBD, LOW, partBytes - 16, MINIMUM);
        addScaled(HIGH);
        addMinimum(Op.VFNMADD231PS);
        nextBlock(partBytes);
        asm.decrement(R12);
        asm.jumpIfNotZero(part);
    }

    // scales, then eight parts of 32 columns, whose halves have factors of their own
    private void signedFactorBlock() {
        asm.op(Op.VCVTPH2PS, SCALE, 0, at(RDI, 0));
        asm.addImmediate(RDI, 32);
        asm.moveImmediate(R12, 8);
        int part = asm.here();
        prefetch(416);
        for (int half = 0; half < 2; half++) {
            start(half == 0 ? Activations.START_FIRST_HALF : Activations.START_LAST_HALF);
            for (int i = 0; i < 4; i++) {
                asm.op(Op.VMOVUPS, LOW, 0, at(RDI, 64 * i));
                if (half == 1) {
                    asm.shift(Shift.WORDS_RIGHT, LOW, LOW, 4);
                }
                asm.op(Op.VPAND, LOW, LOW, NIBBLE_MASK);
                asm.op(Op.VMOVUPS, TEMPORARY, 0, at(RDI, 256 + i / 2 * 64));
                orBits(LOW, TEMPORARY, i % 2 * 4 + half * 2);
                dot(LOW, 16 * half + 4 * i);
            }
            factor(Op.VPMOVSXBD, HIGH, 384 + 16 * half, SCALE);
            addScaled(HIGH);
        }
        nextBlock(416);
        asm.decrement(R12);
        asm.jumpIfNotZero(part);
    }

    private void nibbles() {
        if (hasFifth()) {
            asm.op(Op.VMOVUPS, PLANE, 0, at(RDI, 256));
        }
        for (int i = 0; i < 4; i++) {
            asm.op(Op.VMOVUPS, HIGH, 0, at(RDI, 64 * i));
            asm.op(Op.VPAND, LOW, HIGH, NIBBLE_MASK);
            asm.shift(Shift.WORDS_RIGHT, HIGH, HIGH, 4);
            asm.op(Op.VPAND, HIGH, HIGH, NIBBLE_MASK);
            if (hasFifth()) {
                orBits(LOW, PLANE, 2 * i);
                orBits(HIGH, PLANE, 2 * i + 1);
            }
            dot(LOW, 4 * i);
            dot(HIGH, 16 + 4 * i);
        }
    }

    // The shift drags bits over byte borders; the mask drops them.
    private void orBits(int codes, int bits, int position) {
        int shifted = bits;
        if (position != 4) {
            shifted = TEMPORARY;
            Shift direction = position < 4 ? Shift.WORDS_LEFT : Shift.WORDS_RIGHT;
            asm.shift(direction, TEMPORARY, bits, Math.abs(position - 4));
        }
        asm.op(Op.VPTERNLOGD, codes, shifted, BITS_MASK, OR_OF_AND);
    }

    private void factor(Op widen, int target, int offset, int scale) {
        asm.op(widen, target, 0, at(RDI, offset));
        asm.op(Op.VCVTDQ2PS, target, 0, target);
        asm.op(Op.VMULPS, target, target, scale);
    }

    private void startAtZero() {
        for (int m = 0; m < height; m++) {
            asm.op(Op.VPXOR, integer(m), integer(m), integer(m));
        }
    }

    private void start(int field) {
        for (int m = 0; m < height; m++) {
            asm.op(Op.VPBROADCASTD, integer(m), 0, at(R10, field * height + 4 * m));
        }
    }

    private void dot(int codes, int column) {
        for (int m = 0; m < height; m++) {
            asm.opBroadcast(Op.VPDPBUSD, integer(m), codes, at(R10, 32 * m + column));
        }
    }

    private void addScaled(int scale) {
        for (int m = 0; m < height; m++) {
            asm.op(Op.VCVTDQ2PS, integer(m), 0, integer(m));
            asm.opBroadcast(
                    Op.VMULPS, TEMPORARY, scale, at(R10, Activations.SCALE * height + 4 * m));
            asm.op(Op.VFMADD231PS, sum(m), TEMPORARY, integer(m));
        }
    }

    private void addMinimum(Op multiply) {
        for (int m = 0; m < height; m++) {
            asm.opBroadcast(
                    multiply, sum(m), LOW, at(R10, Activations.SCALED_SUM * height + 4 * m));
        }
    }

    private void prefetch(int bytes) {
        for (int line = 0; line < bytes; line += 64) {
            asm.prefetch(RDI, PREFETCH_BYTES + line);
        }
    }

    private void nextBlock(int bytes) {
        asm.addImmediate(RDI, bytes);
        asm.addImmediate(R10, Activations.BLOCK_ROW_BYTES * height);
    }
}

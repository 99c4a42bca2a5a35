package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.R10;
import static tramontane.kernel.x86.Assembler.R11;
import static tramontane.kernel.x86.Assembler.RCX;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RDX;
import static tramontane.kernel.x86.Assembler.RSI;

import tramontane.kernel.PackedMatrix;
import tramontane.kernel.WeightBlock;
import tramontane.kernel.x86.Assembler.Shift;
import tramontane.tensor.DType;

/**
 * Emits the unpacking of one group of weights to a panel, as drawn at {@link PanelKind}, with
 * vectors of 512 bits.
 *
 * <pre>
 * void unpack(first block of the group, its codes in the panel, its scales in the panel, blocks)
 * </pre>
 *
 * Codes in the panel are as in the group, or signed: the offset of the format is subtracted.
 */
final class PanelCode {
    /** The truth table of A or (B and C), for vpternlog. */
    private static final int OR_OF_AND = 0xF8;

    private static final int LOW = 0;
    private static final int HIGH = 1;
    private static final int SHIFTED = 2;
    private static final int PLANE = 3;
    private static final int NUMBERS = 4;
    private static final int HALVES = 5;
    private static final int NIBBLES = 16;
    private static final int BITS = 17;
    private static final int OFFSET = 18;
    private static final int SIGN = 19;

    private final Assembler asm = new Assembler(512);
    private final DType dtype;
    private final PanelKind kind;
    private final int offset;

    private PanelCode(DType dtype, PanelKind kind, boolean isSigned) {
        this.dtype = dtype;
        this.kind = kind;
        offset = isSigned ? WeightBlock.offset(dtype) : 0;
    }

    static byte[] emit(DType dtype, PanelKind kind, boolean isSigned) {
        PanelCode code = new PanelCode(dtype, kind, isSigned);
        code.loops();
        return code.asm.code();
    }

    private void loops() {
        asm.broadcastConstant(NIBBLES, 0x0F0F0F0F);
        asm.broadcastConstant(BITS, dtype == DType.Q6_K ? 0x30303030 : 0x10101010);
        asm.broadcastConstant(OFFSET, offset * 0x01010101);
        asm.broadcastConstant(SIGN, 0x80000000);
        int block = asm.here();
        switch (dtype) {
            case Q4_0, Q4_1 -> nibbleBlock(256);
            case Q5_0, Q5_1 -> nibbleBlock(320);
            case Q8_0 -> byteBlock();
            case Q4_K, Q5_K -> parts(64);
            case Q6_K -> parts(32);
            case F16, BF16, F32, BF16_PAIRS ->
                    throw new IllegalArgumentException(dtype + " has no blocks");
        }
        asm.addImmediate(RDI, PackedMatrix.groupBlockBytes(dtype));
        asm.decrement(RCX);
        asm.jumpIfNotZero(block);
        asm.returnToCaller();
    }

    private void nibbleBlock(int scales) {
        nibbles(RDI);
        widen(scales, 0);
        if (kind == PanelKind.MINIMUM) {
            widen(scales + 32, 128);
        }
        nextBlock();
    }

    private void byteBlock() {
        for (int line = 0; line < 512; line += 64) {
            asm.op(Op.VMOVUPS, LOW, 0, at(RDI, line));
            storeCodes(LOW, line);
        }
        widen(512, 0);
        nextBlock();
    }

    // The scales come first, then eight parts of 32 columns. The scales stay addressable from RDI.
    private void parts(int scalesBytes) {
        int partBytes = (PackedMatrix.groupBlockBytes(dtype) - scalesBytes) / 8;
        asm.address(R10, at(RDI, scalesBytes));
        asm.moveImmediate(R11, 8);
        int part = asm.here();
        nibbles(R10);
        if (kind == PanelKind.TWO_SCALES) {
            factor(Op.VPMOVSXBD, partBytes - 32, 0);
            store(0);
            factor(Op.VPMOVSXBD, partBytes - 16, 0);
        } else {
            factor(Op.VPMOVZXBD, partBytes - 32, 0);
            store(0);
            factor(Op.VPMOVZXBD, partBytes - 16, 32);
            // The file has minimums to subtract, a panel has minimums to add.
            asm.op(Op.VPXOR, NUMBERS, NUMBERS, SIGN);
        }
        store(128);
        asm.addImmediate(R10, partBytes);
        nextBlock();
        asm.decrement(R11);
        asm.jumpIfNotZero(part);
    }

    private boolean hasFifth() {
        return dtype == DType.Q5_0 || dtype == DType.Q5_1 || dtype == DType.Q5_K;
    }

    private void nibbles(int weights) {
        if (hasFifth()) {
            asm.op(Op.VMOVUPS, PLANE, 0, at(weights, 256));
        }
        for (int i = 0; i < 4; i++) {
            asm.op(Op.VMOVUPS, HIGH, 0, at(weights, 64 * i));
            asm.op(Op.VPAND, LOW, HIGH, NIBBLES);
            asm.shift(Shift.WORDS_RIGHT, HIGH, HIGH, 4);
            asm.op(Op.VPAND, HIGH, HIGH, NIBBLES);
            if (hasFifth()) {
                orBits(LOW, 2 * i);
                orBits(HIGH, 2 * i + 1);
            } else if (dtype == DType.Q6_K) {
                asm.op(Op.VMOVUPS, PLANE, 0, at(weights, 256 + i / 2 * 64));
                orBits(LOW, i % 2 * 4);
                orBits(HIGH, i % 2 * 4 + 2);
            }
            storeCodes(LOW, 64 * i);
            storeCodes(HIGH, 256 + 64 * i);
        }
    }

    private void storeCodes(int codes, int line) {
        if (offset != 0) {
            asm.op(Op.VPSUBB, codes, codes, OFFSET);
        }
        asm.op(Op.VMOVUPS_STORE, codes, 0, at(RSI, line));
    }

    // Moves bits of the plane to bit 4. The shift moves bits across bytes; the mask removes them.
    private void orBits(int codes, int position) {
        int shifted = PLANE;
        if (position != 4) {
            shifted = SHIFTED;
            Shift direction = position < 4 ? Shift.WORDS_LEFT : Shift.WORDS_RIGHT;
            asm.shift(direction, SHIFTED, PLANE, Math.abs(position - 4));
        }
        asm.op(Op.VPTERNLOGD, codes, shifted, BITS, OR_OF_AND);
    }

    private void widen(int halves, int target) {
        asm.op(Op.VCVTPH2PS, NUMBERS, 0, at(RDI, halves));
        store(target);
    }

    private void factor(Op widen, int offset, int halves) {
        asm.op(widen, NUMBERS, 0, at(R10, offset));
        asm.op(Op.VCVTDQ2PS, NUMBERS, 0, NUMBERS);
        asm.op(Op.VCVTPH2PS, HALVES, 0, at(RDI, halves));
        asm.op(Op.VMULPS, NUMBERS, NUMBERS, HALVES);
    }

    private void store(int target) {
        asm.op(Op.VMOVUPS_STORE, NUMBERS, 0, at(RDX, target));
    }

    private void nextBlock() {
        asm.addImmediate(RSI, kind.blockBytes);
        asm.addImmediate(RDX, kind.blockBytes);
    }
}

package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.R10;
import static tramontane.kernel.x86.Assembler.R11;
import static tramontane.kernel.x86.Assembler.RCX;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RDX;
import static tramontane.kernel.x86.Assembler.RSI;

import tramontane.kernel.CodeTable;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.WeightBlock;
import tramontane.kernel.x86.Assembler.Shift;
import tramontane.tensor.DType;

/**
 * Emits the unpacking of one group of weights to a panel, as drawn at {@link PanelKind}.
 *
 * <pre>
 * void unpack(first block of the group, its codes in the panel, its scales in the panel, blocks)
 * </pre>
 *
 * Codes in the panel are as in the group, or signed: the offset of the format is subtracted.
 */
final class PanelCode {
    private static final int LOW = 0;
    private static final int HIGH = 1;
    private static final int SHIFTED = 2;
    private static final int PLANE = 3;
    private static final int NUMBERS = 4;
    private static final int HALVES = 5;
    private static final int NIBBLES = 6;
    private static final int BITS = 7;
    private static final int OFFSET = 8;
    private static final int SIGN = 9;
    private static final int TABLE = 10;

    private final Assembler asm;
    private final DType dtype;
    private final PanelKind kind;
    private final int offset;
    private final int blockBytes;
    private final BitPlane bits;

    /** What leads from the scales of a group to its second numbers. */
    private final int second;

    /** Of a group's 16 rows, 1 while the code for the last 8 is emitted, at 256 bits. */
    private int half;

    private PanelCode(InstructionSet set, DType dtype, PanelKind kind) {
        asm = new Assembler(set.bits());
        this.dtype = dtype;
        this.kind = kind;
        bits = new BitPlane(asm, PLANE, SHIFTED, BITS);
        boolean isSigned =
                set == InstructionSet.AMX
                        || set == InstructionSet.AVX2 && Avx2TileCode.isSigned(dtype);
        offset = isSigned ? WeightBlock.offset(dtype) : unsignedOffset(set, dtype);
        blockBytes = kind.blockBytes(set.panelGroups());
        second = PanelKind.second(set.panelGroups()) - PanelKind.scales(set.panelGroups());
    }

    /**
     * Sums of INT3_16 begin with start values for codes with the offset 32. Its own offset is 4, so
     * 28 is added to the codes, but not where sums of 16 bits need small ones: see {@link
     * Avx2TileCode}.
     */
    private static int unsignedOffset(InstructionSet set, DType dtype) {
        return set != InstructionSet.AVX2 && dtype == DType.INT3_16 ? -28 : 0;
    }

    static byte[] emit(InstructionSet set, DType dtype, PanelKind kind) {
        PanelCode code = new PanelCode(set, dtype, kind);
        code.loops();
        return code.asm.code();
    }

    private void loops() {
        if (dtype == DType.INT3_16) {
            asm.broadcastConstant(NIBBLES, Threes.CODE);
            asm.broadcastConstant(TABLE, Threes.LOW_BITS);
            asm.broadcastConstant(BITS, Threes.HIGH_BIT);
        } else {
            asm.broadcastConstant(NIBBLES, 0x0F0F0F0F);
            asm.broadcastConstant(BITS, dtype == DType.Q6_K ? 0x30303030 : 0x10101010);
        }
        asm.broadcastConstant(OFFSET, (offset & 0xFF) * 0x01010101);
        asm.broadcastConstant(SIGN, 0x80000000);
        if (CodeTable.has(dtype)) {
            byte[] table = new byte[CodeTable.SIZE];
            CodeTable.write(dtype, WeightBlock.offset(dtype) - offset, table);
            asm.broadcastTable(TABLE, table);
        }
        int block = asm.here();
        switch (dtype) {
            case Q4_0, Q4_1, IQ4_NL, FP4_32, FP4_16 -> nibbleBlock(256);
            case Q5_0, Q5_1 -> nibbleBlock(320);
            case Q8_0 -> byteBlock();
            case Q4_K, Q5_K -> parts(64);
            case Q6_K, INT3_16 -> parts(32);
            case LUT4_32, LUT4_16 -> {
                asm.op(Op.VBROADCASTI32X4, TABLE, 0, at(RDI, 64));
                parts(80);
            }
            case Q2_K, F16, BF16, F32, BF16_PAIRS ->
                    throw new IllegalArgumentException(dtype + " has no panels");
        }
        asm.addImmediate(RDI, PackedMatrix.groupBlockBytes(dtype));
        asm.decrement(RCX);
        asm.jumpIfNotZero(block);
        asm.returnToCaller();
    }

    private void forEachHalf(Runnable part) {
        for (half = 0; half < (asm.isWide() ? 1 : 2); half++) {
            part.run();
        }
    }

    /** The numbers of 8 of 16 rows, {@code bytes} each, or of all. */
    private int ofHalf(int bytes) {
        return 8 * bytes * half;
    }

    private void nibbleBlock(int scales) {
        forEachHalf(() -> {
            nibbles(RDI);
            widen(scales, 0);
            if (kind != PanelKind.SCALE) {
                widen(scales + 32, second);
            }
        });
        nextBlock();
    }

    private void byteBlock() {
        forEachHalf(() -> {
            for (int line = 0; line < 512; line += 64) {
                asm.op(Op.VMOVUPS, LOW, 0, at(RDI, line + ofHalf(4)));
                storeCodes(LOW, line);
            }
            widen(512, 0);
        });
        nextBlock();
    }

    // The scales come first, then eight parts of 32 columns. The scales stay addressable from RDI.
    private void parts(int scalesBytes) {
        int partBytes = (PackedMatrix.groupBlockBytes(dtype) - scalesBytes) / 8;
        asm.address(R10, at(RDI, scalesBytes));
        asm.moveImmediate(R11, 8);
        int part = asm.here();
        forEachHalf(() -> {
            if (dtype == DType.INT3_16) {
                threes();
            } else {
                nibbles(R10);
            }
            factors(partBytes);
        });
        asm.addImmediate(R10, partBytes);
        nextBlock();
        asm.decrement(R11);
        asm.jumpIfNotZero(part);
    }

    private void factors(int partBytes) {
        switch (dtype) {
            case LUT4_32 -> tableFactor(256, 0);
            case LUT4_16 -> {
                tableFactor(256, 0);
                tableFactor(272, second);
            }
            case Q6_K, INT3_16 -> {
                factor(Op.VPMOVSXBD, partBytes - 32, 0);
                store(0);
                factor(Op.VPMOVSXBD, partBytes - 16, 0);
                store(second);
            }
            default -> {
                factor(Op.VPMOVZXBD, partBytes - 32, 0);
                store(0);
                factor(Op.VPMOVZXBD, partBytes - 16, 32);
                // The file has minimums to subtract, a panel has minimums to add.
                asm.op(Op.VPXOR, NUMBERS, NUMBERS, SIGN);
                store(second);
            }
        }
    }

    private boolean isLookUp() {
        return dtype == DType.LUT4_32 || dtype == DType.LUT4_16 || CodeTable.has(dtype);
    }

    private boolean hasFifth() {
        return dtype == DType.Q5_0 || dtype == DType.Q5_1 || dtype == DType.Q5_K;
    }

    private void nibbles(int weights) {
        if (hasFifth()) {
            asm.op(Op.VMOVUPS, PLANE, 0, at(weights, 256 + ofHalf(4)));
        }
        for (int i = 0; i < 4; i++) {
            asm.op(Op.VMOVUPS, HIGH, 0, at(weights, 64 * i + ofHalf(4)));
            asm.op(Op.VPAND, LOW, HIGH, NIBBLES);
            asm.shift(Shift.WORDS_RIGHT, HIGH, HIGH, 4);
            asm.op(Op.VPAND, HIGH, HIGH, NIBBLES);
            if (hasFifth()) {
                bits.or(LOW, 2 * i);
                bits.or(HIGH, 2 * i + 1);
            } else if (dtype == DType.Q6_K) {
                asm.op(Op.VMOVUPS, PLANE, 0, at(weights, 256 + i / 2 * 64 + ofHalf(4)));
                bits.or(LOW, i % 2 * 4);
                bits.or(HIGH, i % 2 * 4 + 2);
            } else if (isLookUp()) {
                asm.op(Op.VPSHUFB, LOW, TABLE, LOW);
                asm.op(Op.VPSHUFB, HIGH, TABLE, HIGH);
            }
            storeCodes(LOW, 64 * i);
            storeCodes(HIGH, 256 + 64 * i);
        }
    }

    private void threes() {
        Threes codes = new Threes(asm, NIBBLES, TABLE, BITS);
        for (int i = 0; i < 8; i++) {
            int line = 64 * (i / 4) + ofHalf(4);
            codes.load(LOW, SHIFTED, at(R10, line), at(R10, 128 + ofHalf(4)), i);
            storeCodes(LOW, 64 * i);
        }
    }

    private void storeCodes(int codes, int line) {
        if (offset != 0 && !CodeTable.has(dtype)) {
            asm.op(Op.VPSUBB, codes, codes, OFFSET);
        }
        asm.op(Op.VMOVUPS_STORE, codes, 0, at(RSI, line + ofHalf(4)));
    }

    private void widen(int halves, int target) {
        asm.op(Op.VCVTPH2PS, NUMBERS, 0, at(RDI, halves + ofHalf(2)));
        store(target);
    }

    private void factor(Op widen, int offset, int halves) {
        asm.op(widen, NUMBERS, 0, at(R10, offset + ofHalf(1)));
        asm.op(Op.VCVTDQ2PS, NUMBERS, 0, NUMBERS);
        asm.op(Op.VCVTPH2PS, HALVES, 0, at(RDI, halves + ofHalf(2)));
        asm.op(Op.VMULPS, NUMBERS, NUMBERS, HALVES);
    }

    /** A factor with a sign, and the scale in fp32. */
    private void tableFactor(int offset, int target) {
        asm.op(Op.VPMOVSXBD, NUMBERS, 0, at(R10, offset + ofHalf(1)));
        asm.op(Op.VCVTDQ2PS, NUMBERS, 0, NUMBERS);
        asm.op(Op.VMULPS, NUMBERS, NUMBERS, at(RDI, ofHalf(4)));
        store(target);
    }

    private void store(int target) {
        asm.op(Op.VMOVUPS_STORE, NUMBERS, 0, at(RDX, target + ofHalf(4)));
    }

    private void nextBlock() {
        asm.addImmediate(RSI, blockBytes);
        asm.addImmediate(RDX, blockBytes);
    }
}

package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.R10;
import static tramontane.kernel.x86.Assembler.R8;
import static tramontane.kernel.x86.Assembler.R9;
import static tramontane.kernel.x86.Assembler.RCX;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RDX;
import static tramontane.kernel.x86.Assembler.RSI;

import tramontane.kernel.Bfloat16;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.WeightBlock;
import tramontane.kernel.x86.Assembler.Shift;
import tramontane.tensor.DType;

/**
 * Emits {@code GroupPacking} for one format, with vectors of 256 bits, which all supported
 * instruction sets have.
 *
 * <pre>
 * void pack(first row, packed group, 16 offsets of rows, steps of a row, groups, bytes to the next 16 rows)
 *
 * for each group
 *   for each step            a block, or two columns of a 16-bit format
 *     gather the same 32 bits of 8 rows: half a line of the group, except for masks and shifts
 * </pre>
 */
final class PackingCode {
    private static final int MASK = 10;
    private static final int NIBBLES = 11;
    private static final int BITS = 12;
    private static final int PAIRS = 13;

    /** Offset of each row from the first: rows 0 to 7, then rows 8 to 15. */
    private static final int OFFSETS = 14;

    private static final int LOW_HALVES = 0x20;
    private static final int HIGH_HALVES = 0x31;

    /** Restores the order after interleaving, which leaves 0 2 1 3. */
    private static final int EVEN_FIRST = 0xD8;

    private static final int MASK_OF_SWAP = 6;

    /**
     * Moves bit 16 h + 4 i + j of a block's fifth bits to bit 8 j + 2 i + h. Written as a five-bit
     * number, the index of a bit has its bits permuted, two at a time.
     */
    private static final int[][] SWAPS = {{4, 0}, {4, 1}, {3, 1}, {2, 1}};

    private final Assembler asm = new Assembler(256);
    private final DType dtype;

    /** 0 while the code for rows 0 to 7 is emitted, 1 for the other rows. */
    private int half;

    private PackingCode(DType dtype) {
        this.dtype = dtype;
    }

    /** Columns that a step packs. */
    static int stepColumns(DType dtype) {
        return switch (dtype) {
            case F16, BF16 -> 2;
            // Whole blocks, so that no group has padding.
            case BF16_PAIRS -> Bfloat16.BLOCK;
            default -> dtype.blockElements();
        };
    }

    static byte[] emit(DType dtype) {
        PackingCode code = new PackingCode(dtype);
        code.loops();
        return code.asm.code();
    }

    private void loops() {
        constants();
        asm.op(Op.VMOVUPS, OFFSETS, 0, at(RDX, 0));
        asm.op(Op.VMOVUPS, OFFSETS + 1, 0, at(RDX, 32));
        int steps = stepColumns(dtype) / dtype.blockElements();
        int group = asm.here();
        asm.move(R10, RCX);
        int step = asm.here();
        step();
        asm.addImmediate(RDI, steps * dtype.blockBytes());
        asm.addImmediate(RSI, steps * PackedMatrix.groupBlockBytes(dtype));
        asm.decrement(R10);
        asm.jumpIfNotZero(step);
        asm.add(RDI, R9);
        asm.decrement(R8);
        asm.jumpIfNotZero(group);
        asm.returnToCaller();
    }

    private void constants() {
        asm.broadcastConstant(NIBBLES, 0x0F0F0F0F);
        asm.broadcastConstant(BITS, 0x01010101);
        asm.broadcastConstant(PAIRS, dtype == DType.Q8_0 ? 0x80808080 : 0x03030303);
        if (hasFifthOfItsOwn()) {
            for (int swap = 0; swap < SWAPS.length; swap++) {
                asm.broadcastConstant(MASK_OF_SWAP + swap, mask(SWAPS[swap]));
            }
        }
    }

    private boolean hasFifthOfItsOwn() {
        return dtype == DType.Q5_0 || dtype == DType.Q5_1;
    }

    // Offsets of the fields in a block, as drawn at WeightBlock and PackedMatrix.
    private void step() {
        switch (dtype) {
            case Q4_0, IQ4_NL, FP4_32 -> {
                bothHalves(() -> copyNibbles(2));
                scales(0, 0, 256);
            }
            case Q4_1, FP4_16 -> {
                bothHalves(() -> copyNibbles(4));
                scales(0, 0, 256);
                scales(0, 16, 288);
            }
            case Q5_0 -> {
                bothHalves(() -> copyNibbles(6));
                bothHalves(() -> spreadFifth(2));
                scales(0, 0, 320);
            }
            case Q5_1 -> {
                bothHalves(() -> copyNibbles(8));
                bothHalves(() -> spreadFifth(4));
                scales(0, 0, 320);
                scales(0, 16, 352);
            }
            case Q8_0 -> {
                bothHalves(this::shiftBytes);
                scales(0, 0, 512);
            }
            case Q2_K -> twoBits();
            case LUT4_32 -> lookUps(1);
            case LUT4_16 -> lookUps(2);
            case INT3_16 -> threeBits();
            case Q4_K, Q5_K -> twoFactors();
            case Q6_K -> signedFactors();
            case F16, BF16 -> {
                scales(0, 0, 0);
                scales(0, 16, 32);
            }
            case BF16_PAIRS -> {
                for (int pair = 0; pair < Bfloat16.BLOCK / 2; pair++) {
                    int from = pair;
                    bothHalves(() -> {
                        gather(0, 4 * from);
                        store(0, 64 * from);
                    });
                }
            }
            case F32 ->
                    bothHalves(() -> {
                        gather(0, 0);
                        store(0, 0);
                    });
        }
    }

    private void bothHalves(Runnable code) {
        for (half = 0; half < 2; half++) {
            code.run();
        }
        half = 0;
    }

    /**
     * Loads the 32 bits at {@code from} of each of 8 rows. Clearing the target first removes the
     * dependency on its old value.
     */
    private void gather(int register, int from) {
        asm.op(Op.VPCMPEQD, MASK, MASK, MASK);
        asm.op(Op.VPXOR, register, register, register);
        asm.op(Op.VPGATHERDD, register, MASK, at(RDI, OFFSETS + half, 1, from));
    }

    private void store(int register, int to) {
        asm.op(Op.VMOVUPS_STORE, register, 0, at(RSI, to + 32 * half));
    }

    private void copyNibbles(int from) {
        copyNibbles(from, 0);
    }

    private void copyNibbles(int from, int to) {
        for (int i = 0; i < 4; i++) {
            gather(i, from + 4 * i);
            store(i, to + 64 * i);
        }
    }

    private void shiftBytes() {
        for (int i = 0; i < 8; i++) {
            gather(i, 2 + 4 * i);
            asm.op(Op.VPXOR, i, i, PAIRS);
            store(i, 64 * i);
        }
    }

    /** Stores sixteen 16-bit numbers: those at bit {@code shift} of the 32 bits at {@code from}. */
    private void scales(int from, int shift, int to) {
        gatherAll(0, from);
        for (int i = 0; i < 2; i++) {
            if (shift == 0) {
                asm.shift(Shift.INTS_LEFT, i, i, 16);
            }
            asm.shift(Shift.INTS_RIGHT, i, i, 16);
        }
        joinRows(0, 1, 2);
        asm.op(Op.VMOVUPS_STORE, 2, 0, at(RSI, to));
    }

    private void gatherAll(int register, int from) {
        bothHalves(() -> gather(register + half, from));
    }

    // The pack instructions work within 128 bits, so rows 0 to 3 are placed beside rows 8 to 11,
    // and 4 to 7 beside 12 to 15.
    private void joinRows(int first, int last, int target) {
        asm.op(Op.VPERM2I128, target, first, last, LOW_HALVES);
        asm.op(Op.VPERM2I128, target + 1, first, last, HIGH_HALVES);
        asm.op(Op.VPACKUSDW, target, target, target + 1);
    }

    /** Stores byte {@code index} of registers 0 and 1, which hold one 32-bit number per row. */
    private void bytes(int index, int to) {
        for (int i = 0; i < 2; i++) {
            asm.shift(Shift.INTS_LEFT, 2 + i, i, 24 - 8 * index);
            asm.shift(Shift.INTS_RIGHT, 2 + i, 2 + i, 24);
        }
        joinRows(2, 3, 4);
        asm.op(Op.VPACKUSWB, 4, 4, 4);
        asm.op(Op.VEXTRACTI32X4, 4, 0, 5, 1);
        asm.width(128);
        asm.op(Op.VPUNPCKLDQ, 4, 4, 5);
        asm.op(Op.VPSHUFD, 4, 0, 4, EVEN_FIRST);
        asm.op(Op.VMOVUPS_STORE, 4, 0, at(RSI, to));
        asm.width(256);
    }

    /**
     * A mask of the bits whose index has bit {@code places[0]} clear and bit {@code places[1]} set.
     */
    private static int mask(int[] places) {
        int mask = 0;
        for (int bit = 0; bit < 32; bit++) {
            if ((bit >> places[0] & 1) == 0 && (bit >> places[1] & 1) == 1) {
                mask |= 1 << bit;
            }
        }
        return mask;
    }

    private void spreadFifth(int from) {
        gather(0, from);
        for (int swap = 0; swap < SWAPS.length; swap++) {
            int distance = (1 << SWAPS[swap][0]) - (1 << SWAPS[swap][1]);
            asm.shift(Shift.INTS_RIGHT, 1, 0, distance);
            asm.op(Op.VPXOR, 1, 1, 0);
            asm.op(Op.VPAND, 1, 1, MASK_OF_SWAP + swap);
            asm.shift(Shift.INTS_LEFT, 2, 1, distance);
            asm.op(Op.VPXOR, 0, 0, 1);
            asm.op(Op.VPXOR, 0, 0, 2);
        }
        store(0, 256);
    }

    private void twoFactors() {
        scales(0, 0, 0);
        scales(0, 16, 32);
        int partBytes = (PackedMatrix.groupBlockBytes(dtype) - 64) / 8;
        int runs = dtype == DType.Q5_K ? 48 : 16;
        for (int run = 0; run < 4; run++) {
            int from = runs + 32 * run;
            int to = 64 + 2 * run * partBytes;
            bothHalves(() -> splitNibbles(from, to, to + partBytes));
        }
        if (dtype == DType.Q5_K) {
            bothHalves(() -> joinFifth(64 + 256, partBytes));
        }
        sixBitFactors(partBytes);
    }

    /**
     * Splits 32 bytes of two parts: the low halves belong to one part, the high halves to the
     * other.
     */
    private void splitNibbles(int from, int lowPart, int highPart) {
        for (int i = 0; i < 4; i++) {
            gather(0, from + 4 * i);
            gather(1, from + 16 + 4 * i);
            asm.op(Op.VPAND, 2, 0, NIBBLES);
            asm.op(Op.VPAND, 3, 1, NIBBLES);
            asm.shift(Shift.INTS_LEFT, 3, 3, 4);
            asm.op(Op.VPOR, 2, 2, 3);
            store(2, lowPart + 64 * i);
            asm.shift(Shift.INTS_RIGHT, 0, 0, 4);
            asm.op(Op.VPAND, 0, 0, NIBBLES);
            asm.op(Op.VPANDN, 1, NIBBLES, 1);
            asm.op(Op.VPOR, 0, 0, 1);
            store(0, highPart + 64 * i);
        }
    }

    // Bit `part` of byte j belongs to column j of that part.
    private void joinFifth(int to, int partBytes) {
        for (int i = 0; i < 8; i++) {
            gather(i, 16 + 4 * i);
        }
        for (int part = 0; part < 8; part++) {
            asm.op(Op.VPXOR, 9, 9, 9);
            for (int i = 0; i < 8; i++) {
                asm.shift(Shift.INTS_RIGHT, 8, i, part);
                asm.op(Op.VPAND, 8, 8, BITS);
                asm.shift(Shift.INTS_LEFT, 8, 8, 2 * (i % 4) + i / 4);
                asm.op(Op.VPOR, 9, 9, 8);
            }
            store(9, to + part * partBytes);
        }
    }

    /**
     * Twelve bytes hold eight pairs of six bits, as {@link WeightBlock} documents. For the words a,
     * b and c of a row, byte by byte: factors 0 to 3 are the low six bits of a and b. Factors 4 to
     * 7 are the halves of c with the upper two bits of a and b above them.
     */
    private void sixBitFactors(int partBytes) {
        for (int kind = 0; kind < 2; kind++) {
            int to = 64 + partBytes - 32 + 16 * kind;
            for (int quarter = 0; quarter < 2; quarter++) {
                sixBits(kind, quarter);
                for (int i = 0; i < 4; i++) {
                    bytes(i, to + (4 * quarter + i) * partBytes);
                }
            }
        }
    }

    private void sixBits(int kind, int quarter) {
        gatherAll(0, 4 + 4 * kind);
        gatherAll(2, 12);
        for (int i = 0; i < 2; i++) {
            asm.shift(Shift.INTS_RIGHT, 4, i, quarter == 0 ? 4 : 6);
            asm.op(Op.VPAND, 4, 4, PAIRS);
            asm.shift(Shift.INTS_LEFT, 4, 4, 4);
            if (quarter == 1 && kind == 1) {
                asm.shift(Shift.INTS_RIGHT, 2 + i, 2 + i, 4);
            }
            asm.op(Op.VPAND, i, quarter == 0 ? i : 2 + i, NIBBLES);
            asm.op(Op.VPOR, i, i, 4);
        }
    }

    private void signedFactors() {
        scales(206, 16, 0);
        for (int run = 0; run < 4; run++) {
            int from = 32 * run;
            int part = run / 2 * 4 + run % 2;
            bothHalves(() -> splitNibbles(from, 32 + part * 416, 32 + (part + 2) * 416));
        }
        for (int piece = 0; piece < 4; piece++) {
            int from = 128 + piece / 2 * 32 + piece % 2 * 8;
            int to = 32 + piece / 2 * 4 * 416 + 256 + piece % 2 * 64;
            bothHalves(() -> joinPairs(from, to));
        }
        for (int parts = 0; parts < 4; parts++) {
            gatherAll(0, 192 + 4 * parts);
            for (int i = 0; i < 4; i++) {
                bytes(i, 32 + (2 * parts + i / 2) * 416 + 384 + i % 2 * 16);
            }
        }
    }

    private void twoBits() {
        scales(80, 0, 0);
        scales(80, 16, 32);
        for (int piece = 0; piece < 4; piece++) {
            int from = 16 + 16 * piece;
            int to = 64 + piece / 2 * 4 * 160 + piece % 2 * 64;
            bothHalves(() -> joinTwoBits(from, to));
        }
        for (int parts = 0; parts < 4; parts++) {
            gatherAll(0, 4 * parts);
            for (int i = 0; i < 4; i++) {
                bytes(i, 64 + (2 * parts + i / 2) * 160 + 128 + i % 2 * 16);
            }
        }
    }

    // Two bits each of 16 columns, for four parts.
    private void joinTwoBits(int from, int to) {
        for (int i = 0; i < 4; i++) {
            gather(i, from + 4 * i);
        }
        for (int s = 0; s < 4; s++) {
            joinBits(s);
            store(9, to + s * 160);
        }
    }

    /** Joins two bits each, from bit 2 s on, of registers 0 to 3 in register 9. */
    private void joinBits(int s) {
        asm.op(Op.VPXOR, 9, 9, 9);
        for (int i = 0; i < 4; i++) {
            asm.shift(Shift.INTS_RIGHT, 8, i, 2 * s);
            asm.op(Op.VPAND, 8, 8, PAIRS);
            asm.shift(Shift.INTS_LEFT, 8, 8, 2 * i);
            asm.op(Op.VPOR, 9, 9, 8);
        }
    }

    // All rows have the same table.
    private void lookUps(int factors) {
        bothHalves(() -> {
            gather(0, 0);
            store(0, 0);
        });
        asm.width(128);
        asm.op(Op.VMOVUPS, 0, 0, at(RDI, 4));
        asm.op(Op.VMOVUPS_STORE, 0, 0, at(RSI, 64));
        asm.width(256);
        int partBytes = 256 + 16 * factors;
        for (int part = 0; part < 8; part++) {
            int from = 20 + 8 * factors + 16 * part;
            int to = 80 + part * partBytes;
            bothHalves(() -> copyNibbles(from, to));
        }
        for (int word = 0; word < 2 * factors; word++) {
            gatherAll(0, 20 + 4 * word);
            for (int i = 0; i < 4; i++) {
                int factor = 4 * word + i;
                bytes(i, 80 + factor / factors * partBytes + 256 + factor % factors * 16);
            }
        }
    }

    private void threeBits() {
        scales(0, 0, 0);
        for (int part = 0; part < 8; part++) {
            int from = 18 + 12 * part;
            int to = 32 + 224 * part;
            bothHalves(() -> {
                for (int line = 0; line < 3; line++) {
                    gather(line, from + 4 * line);
                    store(line, to + 64 * line);
                }
            });
        }
        for (int word = 0; word < 4; word++) {
            gatherAll(0, 2 + 4 * word);
            for (int i = 0; i < 4; i++) {
                bytes(i, 32 + (2 * word + i / 2) * 224 + 192 + i % 2 * 16);
            }
        }
    }

    // Two bits each of eight columns and of the eight columns 16 later, for four parts.
    private void joinPairs(int from, int to) {
        for (int i = 0; i < 4; i++) {
            gather(i, from + i / 2 * 4 + i % 2 * 16);
        }
        for (int s = 0; s < 4; s++) {
            joinBits(s);
            store(9, to + s * 416);
        }
    }
}

package tramontane.kernel.x86;

import tramontane.kernel.x86.Assembler.Address;
import tramontane.kernel.x86.Assembler.Shift;

/**
 * Codes of three bits, eight in the bytes of three lines, as {@code PackedMatrix} draws them.
 *
 * @param code vector register with {@link #CODE} in all lanes
 * @param lowBits the same with {@link #LOW_BITS}
 * @param highBit the same with {@link #HIGH_BIT}
 */
record Threes(Assembler asm, int code, int lowBits, int highBit) {
    static final int CODE = 0x07070707;
    static final int LOW_BITS = 0x03030303;
    static final int HIGH_BIT = 0x04040404;

    /**
     * Loads the codes of four columns. Shifts move bits across bytes; the masks remove them.
     *
     * @param target vector register of the codes
     * @param other vector register that is overwritten
     * @param line the line that has most of the codes of a half
     * @param shared the line that both halves share
     * @param i number of the four columns in a block, 0 to 7
     */
    void load(int target, int other, Address line, Address shared, int i) {
        int half = i / 4;
        asm.op(Op.VMOVUPS, target, 0, i % 4 == 3 ? shared : line);
        switch (i % 4) {
            case 0 -> mask(target, 0, code);
            case 1 -> mask(target, 3, code);
            case 2 -> {
                mask(target, 6, lowBits);
                asm.op(Op.VMOVUPS, other, 0, shared);
                mask(other, 4 + half, highBit);
                asm.op(Op.VPOR, target, target, other);
            }
            default -> mask(target, 3 * half, code);
        }
    }

    private void mask(int register, int shift, int mask) {
        if (shift > 0) {
            asm.shift(Shift.WORDS_RIGHT, register, register, shift);
        }
        asm.op(Op.VPAND, register, register, mask);
    }
}

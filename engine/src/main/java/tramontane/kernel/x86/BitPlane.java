package tramontane.kernel.x86;

import tramontane.kernel.x86.Assembler.Shift;

/**
 * The upper bits of codes, which a format keeps apart from the lower four.
 *
 * @param plane vector register with the bits of several lines of codes
 * @param shifted vector register that is overwritten
 * @param mask vector register with the places of the bits in a code, from bit 4 on
 */
record BitPlane(Assembler asm, int plane, int shifted, int mask) {
    /** The truth table of A or (B and C), for vpternlog. */
    private static final int OR_OF_AND = 0xF8;

    /**
     * Emits {@code codes |= bits}, moving those at {@code position} to bit 4. The shift moves bits
     * across bytes; the mask removes them.
     */
    void or(int codes, int position) {
        int source = plane;
        if (position != 4) {
            source = shifted;
            Shift direction = position < 4 ? Shift.WORDS_LEFT : Shift.WORDS_RIGHT;
            asm.shift(direction, shifted, plane, Math.abs(position - 4));
        }
        if (asm.isWide()) {
            asm.op(Op.VPTERNLOGD, codes, source, mask, OR_OF_AND);
        } else {
            asm.op(Op.VPAND, shifted, source, mask);
            asm.op(Op.VPOR, codes, codes, shifted);
        }
    }
}

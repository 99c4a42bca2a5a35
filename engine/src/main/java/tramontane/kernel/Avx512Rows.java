package tramontane.kernel;

/** Pieces of emitted code that several kernels of rows share. */
final class Avx512Rows {
    private static final int SWAP_HALVES = 0x4E;
    private static final int SWAP_NEIGHBOURS = 0xB1;

    private Avx512Rows() {}

    /** All lanes of {@code sum} become {@link Lanes#sum} of them: lanes 8, 4, 2 and 1 apart. */
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
}

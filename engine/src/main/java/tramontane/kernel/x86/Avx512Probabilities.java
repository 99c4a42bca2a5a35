package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.RAX;
import static tramontane.kernel.x86.Assembler.RDI;

import java.util.function.IntUnaryOperator;
import tramontane.kernel.x86.Assembler.Address;

/**
 * Emits the step of attention from the scores of a row of queries over one tile to their
 * probabilities under the new maximum, with vectors of 512 bits. RDI points to the states.
 */
final class Avx512Probabilities {
    /** The first of the registers that the code overwrites; scores must be below it. */
    static final int FIRST = 24;

    private static final int LOADED = FIRST;
    private static final int OTHER = 25;
    private static final int N = 26;
    private static final int RAISED = 29;
    private static final int OLD = 30;

    private static final int VISIBLE = 1;
    private static final int ONE_HEAD = 2;

    private final Assembler asm;
    private final AttentionState state;
    private final ExponentialCode exponential;

    Avx512Probabilities(Assembler asm, AttentionState state) {
        this.asm = asm;
        this.state = state;
        exponential = new ExponentialCode(asm, RDI, AttentionState.EXP, LOADED);
    }

    /**
     * Once before the others.
     *
     * @param visible has a bit for each position of a tile, which says whether it is visible
     */
    void start(Address visible) {
        asm.load(RAX, visible);
        asm.moveToMask(VISIBLE, RAX);
    }

    /**
     * @param scores the register of the first head's scores; those of the others follow
     * @param row offset of the row's state
     * @param factors offset of the factors for the earlier sums, which are stored there
     * @param probabilities offsets of the probabilities of each head, which are stored there
     */
    void emit(int scores, int row, int factors, IntUnaryOperator probabilities) {
        asm.op(Op.VMOVUPS, OLD, 0, at(RDI, row + AttentionState.MAXIMA));
        asm.op(Op.VPOR, RAISED, OLD, OLD);
        asm.op(Op.VBROADCASTSS, LOADED, 0, at(RDI, AttentionState.NEGATIVE_INFINITY));
        for (int head = 0; head < state.heads(); head++) {
            int s = scores + head;
            asm.opBroadcast(Op.VMULPS, s, s, at(RDI, AttentionState.SCALE));
            asm.opMasked(Op.VBLENDMPS, s, LOADED, s, VISIBLE);
            highestLane(s);
            asm.moveImmediate(RAX, 1 << head);
            asm.moveToMask(ONE_HEAD, RAX);
            asm.opMasked(Op.VMAXPS, RAISED, RAISED, N, ONE_HEAD);
        }
        asm.op(Op.VMOVUPS_STORE, RAISED, 0, at(RDI, row + AttentionState.MAXIMA));
        asm.op(Op.VSUBPS, OLD, OLD, RAISED);
        exponential.emit(OLD);
        asm.op(Op.VMOVUPS_STORE, OLD, 0, at(RDI, factors));
        for (int head = 0; head < state.heads(); head++) {
            int s = scores + head;
            asm.opBroadcast(Op.VSUBPS, s, s, at(RDI, row + AttentionState.MAXIMA + 4 * head));
            exponential.emit(s);
            asm.op(Op.VMOVUPS_STORE, s, 0, at(RDI, probabilities.applyAsInt(head)));
            asm.op(Op.VMOVUPS, N, 0, at(RDI, row + state.sums(head)));
            asm.opBroadcast(Op.VMULPS, N, N, at(RDI, factors + 4 * head));
            asm.op(Op.VADDPS, N, N, s);
            asm.op(Op.VMOVUPS_STORE, N, 0, at(RDI, row + state.sums(head)));
        }
    }

    // Sets all lanes of N to the maximum of s.
    private void highestLane(int s) {
        asm.op(Op.VSHUFF32X4, N, s, s, AttentionCode.SWAP_HALVES);
        asm.op(Op.VMAXPS, N, N, s);
        asm.op(Op.VSHUFF32X4, OTHER, N, N, AttentionCode.SWAP_NEIGHBOURS);
        asm.op(Op.VMAXPS, N, N, OTHER);
        for (int swap : new int[] {AttentionCode.SWAP_HALVES, AttentionCode.SWAP_NEIGHBOURS}) {
            asm.op(Op.VPSHUFD, OTHER, 0, N, swap);
            asm.op(Op.VMAXPS, N, N, OTHER);
        }
    }
}

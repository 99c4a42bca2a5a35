package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.RAX;
import static tramontane.kernel.x86.Assembler.RDI;

import tramontane.kernel.x86.Assembler.Address;

/**
 * {@link AttentionCode} with vectors of 512 bits: all queries of a call are one pass, and their
 * scores stay in registers.
 */
final class Avx512Attention extends AttentionCode {
    private static final int LOADED = 24;
    private static final int OTHER = 25;
    private static final int N = 26;
    private static final int RAISED = 29;
    private static final int OLD = 30;

    private static final int VISIBLE = 1;
    private static final int ONE_HEAD = 2;

    private final ExponentialCode exponential =
            new ExponentialCode(asm, RDI, AttentionState.EXP, LOADED);

    private Avx512Attention(AttentionState state, int rows) {
        super(new Assembler(512), state, rows, QUERIES, LOADED);
    }

    static byte[] emit(AttentionState state, int rows) {
        return new Avx512Attention(state, rows).code();
    }

    @Override
    void start() {
        asm.load(RAX, MASK);
        asm.moveToMask(VISIBLE, RAX);
    }

    @Override
    void addProducts(int sum, int x, Address one) {
        asm.opBroadcast(Op.VFMADD231PS, sum, x, one);
    }

    @Override
    void multiply(int sum, Address one) {
        asm.opBroadcast(Op.VMULPS, sum, sum, one);
    }

    @Override
    void keepScores(int first, int end) {}

    @Override
    void probabilities(int row) {
        int base = row * state.rowBytes();
        asm.op(Op.VMOVUPS, OLD, 0, at(RDI, base + AttentionState.MAXIMA));
        asm.op(Op.VPOR, RAISED, OLD, OLD);
        asm.op(Op.VBROADCASTSS, LOADED, 0, at(RDI, AttentionState.NEGATIVE_INFINITY));
        for (int head = 0; head < state.heads(); head++) {
            int s = row * state.heads() + head;
            asm.opBroadcast(Op.VMULPS, s, s, at(RDI, AttentionState.SCALE));
            asm.opMasked(Op.VBLENDMPS, s, LOADED, s, VISIBLE);
            highestLane(s);
            asm.moveImmediate(RAX, 1 << head);
            asm.moveToMask(ONE_HEAD, RAX);
            asm.opMasked(Op.VMAXPS, RAISED, RAISED, N, ONE_HEAD);
        }
        asm.op(Op.VMOVUPS_STORE, RAISED, 0, at(RDI, base + AttentionState.MAXIMA));
        asm.op(Op.VSUBPS, OLD, OLD, RAISED);
        exponential.emit(OLD);
        asm.op(Op.VMOVUPS_STORE, OLD, 0, at(RDI, base + AttentionState.FACTORS));
        for (int head = 0; head < state.heads(); head++) {
            int s = row * state.heads() + head;
            asm.opBroadcast(Op.VSUBPS, s, s, at(RDI, base + AttentionState.MAXIMA + 4 * head));
            exponential.emit(s);
            asm.op(Op.VMOVUPS_STORE, s, 0, at(RDI, base + state.probabilities(head)));
            asm.op(Op.VMOVUPS, N, 0, at(RDI, base + state.sums(head)));
            asm.opBroadcast(Op.VMULPS, N, N, at(RDI, base + AttentionState.FACTORS + 4 * head));
            asm.op(Op.VADDPS, N, N, s);
            asm.op(Op.VMOVUPS_STORE, N, 0, at(RDI, base + state.sums(head)));
        }
    }

    // Sets all lanes of N to the maximum of s.
    private void highestLane(int s) {
        asm.op(Op.VSHUFF32X4, N, s, s, SWAP_HALVES);
        asm.op(Op.VMAXPS, N, N, s);
        asm.op(Op.VSHUFF32X4, OTHER, N, N, SWAP_NEIGHBOURS);
        asm.op(Op.VMAXPS, N, N, OTHER);
        for (int swap : new int[] {SWAP_HALVES, SWAP_NEIGHBOURS}) {
            asm.op(Op.VPSHUFD, OTHER, 0, N, swap);
            asm.op(Op.VMAXPS, N, N, OTHER);
        }
    }
}

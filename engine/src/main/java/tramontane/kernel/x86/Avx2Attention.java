package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.RDI;

import tramontane.kernel.x86.Assembler.Address;
import tramontane.kernel.x86.Assembler.Shift;

/**
 * {@link AttentionCode} with vectors of 256 bits: 16 lanes are two registers, so a pass has 6
 * queries. Their scores wait in the memory of the probabilities.
 */
final class Avx2Attention extends AttentionCode {
    private static final int PASS_QUERIES = 6;
    private static final int LOADED = 12;
    private static final int ONE = 14;

    // During the probabilities. Scores and exponentials use registers 0 to 7.
    private static final int S = 0;
    private static final int N = 2;
    private static final int OTHER = 3;
    private static final int FREE = 4;
    private static final int OLD = 8;
    private static final int RAISED = 10;

    /** All bits of a lane are set if its position is visible. */
    private static final int VISIBLE = 12;

    private static final int LANES = 8;
    private static final int SWAP_128_BITS = 1;

    private final ExponentialCode exponential =
            new ExponentialCode(asm, RDI, AttentionState.EXP, FREE);

    private Avx2Attention(AttentionState state, int rows) {
        super(new Assembler(256), state, rows, PASS_QUERIES, LOADED);
    }

    static byte[] emit(AttentionState state, int rows) {
        return new Avx2Attention(state, rows).code();
    }

    @Override
    void start() {}

    @Override
    void addProducts(int sum, int x, Address one) {
        asm.op(Op.VBROADCASTSS, ONE, 0, one);
        asm.op(Op.VFMADD231PS, sum, x, ONE);
        asm.op(Op.VFMADD231PS, sum + 1, x + 1, ONE);
    }

    @Override
    void multiply(int sum, Address one) {
        asm.op(Op.VBROADCASTSS, ONE, 0, one);
        asm.op(Op.VMULPS, sum, sum, ONE);
        asm.op(Op.VMULPS, sum + 1, sum + 1, ONE);
    }

    @Override
    void keepScores(int first, int end) {
        for (int q = first; q < end; q++) {
            int scores = rowOffset(q) + state.probabilities(head(q));
            move(Op.VMOVUPS_STORE, register(q, first), scores);
        }
    }

    /** Moves two registers from or to 16 lanes of the state. */
    private void move(Op move, int register, int offset) {
        asm.op(move, register, 0, at(RDI, offset));
        asm.op(move, register + 1, 0, at(RDI, offset + 4 * LANES));
    }

    @Override
    void probabilities(int row) {
        int base = row * state.rowBytes();
        int maxima = Math.ceilDiv(state.heads(), LANES);
        visible();
        for (int i = 0; i < maxima; i++) {
            int address = base + AttentionState.MAXIMA + 4 * LANES * i;
            asm.op(Op.VMOVUPS, OLD + i, 0, at(RDI, address));
            asm.op(Op.VPOR, RAISED + i, OLD + i, OLD + i);
        }
        for (int head = 0; head < state.heads(); head++) {
            raise(head, base + state.probabilities(head));
        }
        for (int i = 0; i < maxima; i++) {
            int offset = base + 4 * LANES * i;
            asm.op(Op.VMOVUPS_STORE, RAISED + i, 0, at(RDI, offset + AttentionState.MAXIMA));
            asm.op(Op.VSUBPS, OLD + i, OLD + i, RAISED + i);
            exponential.emit(OLD + i);
            asm.op(Op.VMOVUPS_STORE, OLD + i, 0, at(RDI, offset + AttentionState.FACTORS));
        }
        for (int head = 0; head < state.heads(); head++) {
            exponentials(head, base);
        }
    }

    // A lane tests its bit of the mask.
    private void visible() {
        asm.op(Op.VPMOVZXBD, OTHER, 0, at(RDI, AttentionState.LANE_BITS));
        asm.op(Op.VPBROADCASTD, VISIBLE, 0, MASK);
        asm.shift(Shift.INTS_RIGHT, VISIBLE + 1, VISIBLE, LANES);
        for (int i = 0; i < 2; i++) {
            asm.op(Op.VPAND, VISIBLE + i, VISIBLE + i, OTHER);
            asm.op(Op.VPCMPEQD, VISIBLE + i, VISIBLE + i, OTHER);
        }
    }

    // Scales the scores, which become -infinity where nothing is visible, and raises the maximum.
    private void raise(int head, int scores) {
        move(Op.VMOVUPS, S, scores);
        multiply(S, at(RDI, AttentionState.SCALE));
        asm.op(Op.VBROADCASTSS, ONE, 0, at(RDI, AttentionState.NEGATIVE_INFINITY));
        for (int i = 0; i < 2; i++) {
            asm.op(Op.VPAND, S + i, S + i, VISIBLE + i);
            asm.op(Op.VPANDN, OTHER, VISIBLE + i, ONE);
            asm.op(Op.VPOR, S + i, S + i, OTHER);
        }
        move(Op.VMOVUPS_STORE, S, scores);
        asm.op(Op.VMAXPS, N, S, S + 1);
        asm.op(Op.VPERM2I128, OTHER, N, N, SWAP_128_BITS);
        asm.op(Op.VMAXPS, N, N, OTHER);
        for (int swap : new int[] {SWAP_HALVES, SWAP_NEIGHBOURS}) {
            asm.op(Op.VPSHUFD, OTHER, 0, N, swap);
            asm.op(Op.VMAXPS, N, N, OTHER);
        }
        int raised = RAISED + head / LANES;
        asm.op(Op.VMAXPS, N, raised, N);
        asm.op(Op.VBLENDPS, raised, raised, N, 1 << head % LANES);
    }

    private void exponentials(int head, int base) {
        move(Op.VMOVUPS, S, base + state.probabilities(head));
        asm.op(Op.VBROADCASTSS, ONE, 0, at(RDI, base + AttentionState.MAXIMA + 4 * head));
        for (int i = 0; i < 2; i++) {
            asm.op(Op.VSUBPS, S + i, S + i, ONE);
            exponential.emit(S + i);
        }
        move(Op.VMOVUPS_STORE, S, base + state.probabilities(head));
        move(Op.VMOVUPS, N, base + state.sums(head));
        multiply(N, at(RDI, base + AttentionState.FACTORS + 4 * head));
        asm.op(Op.VADDPS, N, N, S);
        asm.op(Op.VADDPS, N + 1, N + 1, S + 1);
        move(Op.VMOVUPS_STORE, N, base + state.sums(head));
    }
}

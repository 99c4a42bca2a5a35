package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.RCX;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RSI;

/**
 * Emits the join of two sections of attention for one row, into the state of the later section.
 *
 * <pre>
 * void kernel(state of the later section, joined state of the earlier sections)
 *
 * for each head: m = max(both maxima), f = exp(later maximum - m), e = exp(earlier maximum - m)
 *                later = later * f + earlier * e
 * </pre>
 */
final class AttentionJoinCode {
    private static final int RAISED = 0;
    private static final int EARLIER = 1;
    private static final int LATER = 2;
    private static final int EARLIER_FACTOR = 3;
    private static final int LATER_FACTOR = 4;

    /** The first of the registers that the exponential overwrites. */
    private static final int FREE = 5;

    private AttentionJoinCode() {}

    static byte[] emit(int bits, AttentionState state) {
        Assembler asm = new Assembler(bits);
        factors(asm, state);
        for (int head = 0; head < state.heads(); head++) {
            int factor = AttentionState.FACTORS + 4 * head;
            asm.op(Op.VBROADCASTSS, EARLIER_FACTOR, 0, at(RDI, factor));
            // The memory of the last tile's probabilities is free at this point.
            asm.op(Op.VBROADCASTSS, LATER_FACTOR, 0, at(RDI, state.probabilities(0) + 4 * head));
            join(asm, state.sums(head));
            asm.addImmediate(RDI, state.outputs(head));
            asm.addImmediate(RSI, state.outputs(head));
            asm.moveImmediate(RCX, state.size() / 16);
            int dimensions = asm.here();
            join(asm, 0);
            asm.addImmediate(RDI, 64);
            asm.addImmediate(RSI, 64);
            asm.decrement(RCX);
            asm.jumpIfNotZero(dimensions);
            asm.addImmediate(RDI, -4 * state.size() - state.outputs(head));
            asm.addImmediate(RSI, -4 * state.size() - state.outputs(head));
        }
        asm.returnToCaller();
        return asm.code();
    }

    private static void factors(Assembler asm, AttentionState state) {
        ExponentialCode exponential = new ExponentialCode(asm, RDI, AttentionState.EXP, FREE);
        for (int offset : asm.lanesOffsets()) {
            asm.op(Op.VMOVUPS, EARLIER, 0, at(RSI, AttentionState.MAXIMA + offset));
            asm.op(Op.VMOVUPS, LATER, 0, at(RDI, AttentionState.MAXIMA + offset));
            asm.op(Op.VMAXPS, RAISED, EARLIER, LATER);
            asm.op(Op.VMOVUPS_STORE, RAISED, 0, at(RDI, AttentionState.MAXIMA + offset));
            asm.op(Op.VSUBPS, EARLIER, EARLIER, RAISED);
            exponential.emit(EARLIER);
            asm.op(Op.VMOVUPS_STORE, EARLIER, 0, at(RDI, AttentionState.FACTORS + offset));
            asm.op(Op.VSUBPS, LATER, LATER, RAISED);
            exponential.emit(LATER);
            asm.op(Op.VMOVUPS_STORE, LATER, 0, at(RDI, state.probabilities(0) + offset));
        }
    }

    private static void join(Assembler asm, int first) {
        for (int offset : asm.lanesOffsets()) {
            asm.op(Op.VMOVUPS, EARLIER, 0, at(RSI, first + offset));
            asm.op(Op.VMULPS, EARLIER, EARLIER, EARLIER_FACTOR);
            asm.op(Op.VMOVUPS, LATER, 0, at(RDI, first + offset));
            asm.op(Op.VFMADD231PS, EARLIER, LATER, LATER_FACTOR);
            asm.op(Op.VMOVUPS_STORE, EARLIER, 0, at(RDI, first + offset));
        }
    }
}

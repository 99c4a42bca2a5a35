package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.RCX;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RSI;

/**
 * Emits the end of attention for one row: the tree adds the lanes of each sum, and the outputs are
 * divided by it.
 *
 * <pre>
 * void kernel(state of the row, address of its outputs)
 * </pre>
 */
final class Avx512AttentionEnd {
    private static final int SUM = 0;
    private static final int OTHER = 1;

    private Avx512AttentionEnd() {}

    static byte[] emit(AttentionState state) {
        Assembler asm = new Assembler(512);
        for (int head = 0; head < state.heads(); head++) {
            asm.op(Op.VMOVUPS, SUM, 0, at(RDI, state.sums(head)));
            Avx512Rows.addLanes(asm, SUM, OTHER);
            asm.moveImmediate(RCX, state.size() / 16);
            int dimensions = asm.here();
            asm.op(Op.VMOVUPS, OTHER, 0, at(RDI, state.outputs(head)));
            asm.op(Op.VDIVPS, OTHER, OTHER, SUM);
            asm.op(Op.VMOVUPS_STORE, OTHER, 0, at(RSI, 0));
            asm.addImmediate(RDI, 64);
            asm.addImmediate(RSI, 64);
            asm.decrement(RCX);
            asm.jumpIfNotZero(dimensions);
            asm.addImmediate(RDI, -4 * state.size());
        }
        asm.returnToCaller();
        return asm.code();
    }
}
